import Foundation
import Testing

@testable import ImportedGraphs

/// An exported graph with what PyTorch computed from it in float64 (Fixtures/make.py).
struct ExportedFixture {
    static let names = ["vit", "layer_scale", "registers", "parts", "in_place"]

    let program: ExportedProgram
    let path: String
    private let header: [String: Any]
    private let data: Data

    init(_ name: String) throws {
        let folder = try #require(Bundle.module.resourcePath) + "/Fixtures"
        path = "\(folder)/\(name).pt2"
        program = try ExportedProgram(path)
        let file = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).safetensors"))
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        header = try #require(
            try JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: Any]
        )
        data = Data(file[(8 + length)...])
    }

    /// Names of the tensors that begin with `prefix`, without it.
    func names(_ prefix: String) -> [String] {
        header.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    private func numbers<T: FixedWidthInteger>(_ name: String, _ type: T.Type) throws -> [T] {
        let tensor = try #require(header[name] as? [String: Any])
        let range = try #require(tensor["data_offsets"] as? [Int])
        let bytes = data[data.startIndex + range[0]..<data.startIndex + range[1]]
        let size = MemoryLayout<T>.size
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { start in
            bytes[start..<start + size].reversed().reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
        }
    }

    func values(_ name: String) throws -> [Double] {
        try numbers(name, UInt64.self).map(Double.init(bitPattern:))
    }

    func labels() throws -> [Int] { try numbers("labels", Int64.self).map(Int.init) }
}
