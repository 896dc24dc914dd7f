import Checkpoints

/// An array as some file stores it: row-major numbers, little-endian.
struct StoredArray: Sendable {
    enum Number: String {
        case int8 = "I8"
        case int16 = "I16"
        case int32 = "I32"
        case int64 = "I64"
        case uint8 = "U8"
        case uint16 = "U16"
        case uint32 = "U32"
        case uint64 = "U64"
        case float32 = "F32"

        var byteCount: Int {
            switch self {
            case .int8, .uint8: 1
            case .int16, .uint16: 2
            case .int32, .uint32, .float32: 4
            case .int64, .uint64: 8
            }
        }
    }

    let number: Number
    let shape: [Int]
    /// Exactly the bytes that number and shape ask for.
    let storage: ArrayBytes

    /// Integer `index` of the array.
    ///
    /// - Returns: nil where it is negative or does not fit into an Int32, as no label may.
    func label(at index: Int) -> Int32? {
        func load<Stored: FixedWidthInteger & BitwiseCopyable>(_: Stored.Type) -> Int32? {
            let offset = index * MemoryLayout<Stored>.size
            let value = storage.bytes.loadUnaligned(fromByteOffset: offset, as: Stored.self)
            return Int32(exactly: value).flatMap { $0 < 0 ? nil : $0 }
        }
        return switch number {
        case .int8: load(Int8.self)
        case .int16: load(Int16.self)
        case .int32: load(Int32.self)
        case .int64: load(Int64.self)
        case .uint8: load(UInt8.self)
        case .uint16: load(UInt16.self)
        case .uint32: load(UInt32.self)
        case .uint64: load(UInt64.self)
        case .float32: nil
        }
    }
}
