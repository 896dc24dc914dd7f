import Archives
import Checkpoints
import Files
import Tensors

/// Tensors that lie in the file of an exported program, by their names in the state dict or in the list of constants: tables of
/// positions and masks, which its nodes read, and the weights that the model had.
///
/// What is not there, or of a kind that is not read, is left out: who needs it says so.
package struct StoredTensors {
    private let archive: ZipArchive
    private let payloads: [String: StoredPayload]
    /// Before PyTorch 2.8: files of torch.save in the archive, by the names of what they hold.
    private let checkpoints: [Checkpoint]

    /// * `path`: of the program
    /// * `names`: of the tensors asked for
    package init(_ path: String, of names: [String]) throws {
        try self.init(Set(names), in: ZipArchive(MappedFile(path)))
    }

    init(_ wanted: Set<String>, in archive: ZipArchive) throws {
        self.archive = archive
        payloads = try StoredPayload.Folder.allCases.reduce(into: [:]) { found, folder in
            found.merge(try StoredPayload.all(wanted, folder, in: archive)) { first, _ in first }
        }
        let members = ["serialized_constants.pt", "serialized_state_dict.pt"]
        checkpoints = members.compactMap { name in
            guard let member = try? archive.member(name), member.method == .stored else { return nil }
            let bytes = UnsafeRawBufferPointer(rebasing: archive.file.bytes[member.range])
            return try? Checkpoint(MappedFile(name: member.path, bytes: bytes))
        }
    }

    /// nil where the file has no such tensor.
    package func shape(of name: String) -> [Int]? {
        payloads[name]?.shape ?? stored(name)?.tensor.shape
    }

    /// SHA-256 of a tensor's elements as they are stored, in row-major order; nil where the file does not have them.
    package func sha256(of name: String) throws -> String? {
        if let (checkpoint, tensor) = stored(name) { return try checkpoint.sha256(of: tensor) }
        guard let payload = payloads[name],
            let elements = payload.rowMajor(try archive.contents(of: payload.member, most: .max))
        else { return nil }
        var digest = RunningDigest()
        elements.withUnsafeBytes { digest.update($0) }
        return digest.text
    }

    /// A tensor's numbers.
    func array(_ name: String) throws -> ConstantArray? {
        if let payload = payloads[name] {
            let bytes = try archive.contents(of: payload.member, most: ExportedProgram.mostBytes)
            return payload.rowMajor(bytes).flatMap {
                ConstantArray($0, shape: payload.shape, elementType: payload.elementType)
            }
        }
        guard let (checkpoint, tensor) = stored(name), let type = tensor.type.elementType else { return nil }
        var bytes = [UInt8](repeating: 0, count: tensor.count * tensor.type.byteCount)
        try bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            try checkpoint.copyStored(tensor, 0..<tensor.count, into: base)
        }
        return ConstantArray(bytes[...], shape: tensor.shape, elementType: type)
    }

    private func stored(_ name: String) -> (checkpoint: Checkpoint, tensor: StoredTensor)? {
        for checkpoint in checkpoints {
            if let tensor = checkpoint.tensors[name] { return (checkpoint, tensor) }
        }
        return nil
    }
}

extension StoredType {
    /// PyTorch's number of it; nil for those that no array here is of.
    fileprivate var elementType: Int? {
        switch self {
        case .uint8: 1
        case .int8: 2
        case .int16: 3
        case .int32: 4
        case .int64: 5
        case .float16: 6
        case .float32: 7
        case .float64: 8
        case .boolean: 12
        case .bfloat16: 13
        default: nil
        }
    }
}
