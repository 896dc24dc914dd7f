import Archives
import Foundation

extension ExportedProgram {
    /// The numbers of tensors that lie in the archive and are no parameters: tables of positions, masks.
    ///
    /// What is not there, or of a kind that is not read, is left out: who needs it says so.
    ///
    /// * `wanted`: names in the state dict, or in the list of constants
    static func constants(_ wanted: Set<String>, in archive: ZipArchive) throws -> [String: ConstantArray] {
        var found: [String: ConstantArray] = [:]
        for folder in ["constants", "weights"] {
            let suffix = "/data/\(folder)/model_\(folder)_config.json"
            guard let name = archive.names.first(where: { $0.hasSuffix(suffix) }) else { continue }
            let base = name.dropLast("model_\(folder)_config.json".count)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let bytes = try archive.contents(of: name, most: mostBytes)
            // Names of tensors are keys, which the strategy would change, too.
            guard let json = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
                let entries = json["config"] as? [String: Any]
            else {
                throw GraphFileError(file: archive.file.path, subject: name, expected: "JSON", found: "none")
            }
            for (tensor, entry) in entries where wanted.contains(tensor) && found[tensor] == nil {
                guard let data = try? JSONSerialization.data(withJSONObject: entry),
                    let payload = try? decoder.decode(Payload.self, from: data), payload.usePickle != true,
                    archive.contains(base + payload.pathName)
                else { continue }
                found[tensor] = payload.array(
                    try archive.contents(of: base + payload.pathName, most: mostBytes)
                )
            }
        }
        return found
    }
}

/// Where a tensor lies in the archive, and how.
private struct Payload: Decodable {
    struct Meta: Decodable {
        let dtype: Int
        let sizes: [ProgramSchema.SymbolicInteger]
        let strides: [ProgramSchema.SymbolicInteger]
        let storageOffset: ProgramSchema.SymbolicInteger?
    }

    let pathName: String
    let usePickle: Bool?
    let tensorMeta: Meta?

    private static let sizes = [1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 2, 7: 4, 8: 8, 12: 1, 13: 2]

    /// nil where the bytes are no such array.
    func array(_ bytes: [UInt8]) -> ConstantArray? {
        guard let meta = tensorMeta, let size = Self.sizes[meta.dtype],
            let kind = ConstantArray.Kind(elementType: meta.dtype), meta.strides.count == meta.sizes.count
        else { return nil }
        let shape = meta.sizes.compactMap(\.asInt)
        let strides = meta.strides.compactMap(\.asInt)
        let start = meta.storageOffset?.asInt ?? 0
        let most = bytes.count / size
        guard shape.count == meta.sizes.count, strides.count == shape.count, (0...most).contains(start),
            shape.allSatisfy({ (0...most).contains($0) }), strides.allSatisfy({ (0...most).contains($0) })
        else { return nil }
        let (count, overflow) = shape.reduce((1, false)) { product, size in
            let next = product.0.multipliedReportingOverflow(by: size)
            return (next.partialValue, product.1 || next.overflow)
        }
        // No more than there are, so that a short file does not fill memory.
        guard !overflow, count <= most, count > 0 else { return nil }
        let last = start + zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        guard last < most else { return nil }
        let elements = ConstantArray.places(shape: shape, strides: strides, start: start).map { place in
            number(bytes[place * size..<(place + 1) * size], meta.dtype)
        }
        return ConstantArray(shape: shape, elements: elements, kind: kind)
    }

    /// * `bytes`: little-endian
    private func number(_ bytes: ArraySlice<UInt8>, _ type: Int) -> Double {
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch type {
        case 1, 12: Double(bits)
        case 2: Double(Int8(truncatingIfNeeded: bits))
        case 3: Double(Int16(truncatingIfNeeded: bits))
        case 4: Double(Int32(truncatingIfNeeded: bits))
        case 5: Double(Int64(bitPattern: bits))
        case 6: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
        case 7: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case 13: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
        default: Double(bitPattern: bits)
        }
    }
}
