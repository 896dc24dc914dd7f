import Archives
import Files

/// Weights that lie in a graph's file: those that the model had when it was exported.
package struct ExportedWeights {
    private let archive: ZipArchive
    private let payloads: [String: StoredPayload]

    /// * `names`: of the tensors asked for, in the state dict
    package init(_ path: String, of names: [String]) throws {
        archive = try ZipArchive(MappedFile(path))
        payloads = try StoredPayload.all(Set(names), .weights, in: archive)
    }

    /// nil where the file has no such tensor.
    package func shape(of name: String) -> [Int]? { payloads[name]?.shape }

    /// SHA-256 of a tensor's elements as they are stored, in row-major order; nil where the file does not have them.
    package func sha256(of name: String) throws -> String? {
        guard let payload = payloads[name] else { return nil }
        let bytes = try archive.contents(of: payload.member, most: .max)
        guard let elements = payload.rowMajor(bytes) else { return nil }
        var digest = RunningDigest()
        elements.withUnsafeBytes { digest.update($0) }
        return digest.text
    }
}
