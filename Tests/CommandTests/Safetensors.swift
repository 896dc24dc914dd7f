import Foundation

/// A safetensors file taken apart, so that a test can break or convert it and put it together again.
struct Safetensors {
    struct Tensor {
        var name: String
        var type: String
        var shape: [Int]
        var bytes: [UInt8]
    }

    var tensors: [Tensor] = []

    init(_ tensors: [Tensor]) {
        self.tensors = tensors
    }

    init(_ path: String) throws {
        let file = try CommandTests.bytes(of: path)
        let length = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: Data(file[8..<8 + length])) as? [String: Any]
        for (name, entry) in header ?? [:] where name != "__metadata__" {
            guard let entry = entry as? [String: Any], let type = entry["dtype"] as? String,
                let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int]
            else { throw Program.Failure(description: "\(path): \(name) is no tensor") }
            let data = file[8 + length + offsets[0]..<8 + length + offsets[1]]
            tensors.append(Tensor(name: name, type: type, shape: shape, bytes: Array(data)))
        }
        tensors.sort { $0.name < $1.name }
    }

    subscript(name: String) -> Tensor? {
        get { tensors.first { $0.name == name } }
        set {
            tensors.removeAll { $0.name == name }
            if let newValue { tensors.append(newValue) }
        }
    }

    var bytes: [UInt8] {
        var entries: [String] = []
        var data: [UInt8] = []
        for tensor in tensors {
            let range = "\(data.count),\(data.count + tensor.bytes.count)"
            entries.append(
                "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),\"data_offsets\":[\(range)]}"
            )
            data += tensor.bytes
        }
        let header = [UInt8]("{\(entries.joined(separator: ","))}".utf8)
        return littleEndian(UInt64(header.count)) + header + data
    }

    /// The float32 tensors in half the bits: "BF16" (the upper half, cut off) or "F16" (rounded).
    func converted(to type: String) -> Safetensors {
        Safetensors(
            tensors.map { tensor in
                var tensor = tensor
                tensor.bytes = tensor.floats.flatMap { value in
                    type == "BF16"
                        ? littleEndian(UInt16(truncatingIfNeeded: value.bitPattern >> 16))
                        : littleEndian(Float16(value).bitPattern)
                }
                tensor.type = type
                return tensor
            }
        )
    }
}

extension Safetensors.Tensor {
    var floats: [Float] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
    }

    static func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> Self {
        Self(name: name, type: "F32", shape: shape, bytes: values.flatMap { littleEndian($0.bitPattern) })
    }
}

func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
