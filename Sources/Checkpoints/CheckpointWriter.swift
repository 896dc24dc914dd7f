import Diagnostics
import Files
import Tensors

/// Writes flat float32 parameters, and tensors that are only carried along, as safetensors.
package enum CheckpointWriter {
    /// Copies elements of a carried tensor as they are stored, in row-major order.
    package typealias Copying = (StoredTensor, Range<Int>, UnsafeMutableRawPointer) throws -> Void

    /// Gives elements of the flat parameter vector, which stay where they are until the next call.
    package typealias Numbers = (Range<Int>) throws -> UnsafePointer<Float>

    /// Writes a model of float32 parameters alone under `path`, which appears only when it is whole.
    ///
    /// - Parameters:
    ///   - parameters: `layout.count` numbers.
    ///   - layout: the tensors and their places in `parameters`.
    ///   - types: element type per parameter of the layout.
    ///   - metadata: the header's own notes, as in ["format": "pt"].
    ///   - path: an existing file is replaced.
    /// - Throws: `FileError` where it cannot be written, `RunError` where a number is not finite or too large for its type.
    package static func write(
        _ parameters: UnsafePointer<Float>,
        layout: ParameterLayout,
        types: [ElementType],
        metadata: [String: String],
        to path: String
    ) throws {
        let file = try AtomicFile(path)
        try write(
            { parameters + $0.lowerBound },
            layout,
            ModelFiles(layout, types: types, metadata: metadata),
            open: { _ in file },
            copy: { _, _, _ in preconditionFailure("nothing is carried along") }
        )
        try file.commit()
    }

    /// Writes a model into the files that `files` describes; the caller commits them.
    ///
    /// Numbers are asked for and converted in small pieces, each once, those of a tensor in their order.
    ///
    /// - Parameters:
    ///   - numbers: where the parameters come from.
    ///   - layout: the tensors and their places in `parameters`.
    ///   - files: what is to stand where.
    ///   - open: gives the file of a name; called once for each.
    ///   - copy: where the carried tensors come from.
    /// - Throws: what `numbers`, `open` and `copy` throw, and as above.
    package static func write(
        _ numbers: Numbers,
        _ layout: ParameterLayout,
        _ files: ModelFiles,
        open: (String) throws -> AtomicFile,
        copy: Copying
    ) throws {
        for part in files.files {
            let file = try open(part.name)
            let header = header(part.entries, metadata: files.metadata)
            let length = UInt64(header.utf8.count).littleEndian
            try withUnsafeBytes(of: length) { try file.write($0) }
            try file.write(header)
            for entry in part.entries {
                switch entry.source {
                case .mixed(let index):
                    try write(numbers, layout.parameters[index].range.lowerBound, entry, into: file)
                case .carried(let tensor): try write(tensor, copy, into: file)
                }
            }
        }
        if let index = files.index { try open(index.name).write(index.text) }
    }

    private static let pieceLength = 1 << 16

    private static func write(
        _ numbers: Numbers,
        _ first: Int,
        _ entry: ModelFiles.Entry,
        into file: AtomicFile
    ) throws {
        guard let type = entry.type.element else { preconditionFailure("\(entry.name) cannot be mixed") }
        let length = min(entry.count, pieceLength)
        let scratch = AlignedBuffer<UInt32>(count: length)
        let decoded = AlignedBuffer<Float>(count: length)
        for start in stride(from: 0, to: entry.count, by: pieceLength) {
            let count = min(pieceLength, entry.count - start)
            let source = try numbers(first + start..<first + start + count)
            type.encode(source, count: count, into: scratch.base)
            type.decode(scratch.base, count: count, into: decoded.base)
            if let bad = firstNonFinite(decoded.base, count: count) {
                throw RunError(
                    """
                    \(file.path): tensor "\(entry.name.onOneLine)", element \(start + bad): \
                    \(source[bad]) cannot be stored as \(type.rawValue); nothing was written
                    """
                )
            }
            try file.write(UnsafeRawBufferPointer(start: scratch.base, count: count * type.byteCount))
        }
    }

    private static func write(_ tensor: StoredTensor, _ copy: Copying, into file: AtomicFile) throws {
        let length = min(tensor.count, pieceLength)
        let scratch = AlignedBuffer<UInt8>(count: length * tensor.type.byteCount)
        for start in stride(from: 0, to: tensor.count, by: pieceLength) {
            let elements = start..<min(start + pieceLength, tensor.count)
            try copy(tensor, elements, scratch.base)
            try file.write(
                UnsafeRawBufferPointer(start: scratch.base, count: elements.count * tensor.type.byteCount)
            )
        }
    }

    private static func header(_ entries: [ModelFiles.Entry], metadata: [String: String]) -> String {
        var members: [String] = []
        if !metadata.isEmpty {
            let notes = metadata.sorted { $0.key < $1.key }.map { "\($0.key.inQuotes):\($0.value.inQuotes)" }
            members.append("\"__metadata__\":{\(notes.joined(separator: ","))}")
        }
        var offset = 0
        for entry in entries {
            let end = offset + entry.byteCount
            let shape = entry.shape.map(String.init).joined(separator: ",")
            members.append(
                """
                \(entry.name.inQuotes):{"dtype":"\(entry.type.rawValue)","shape":[\(shape)],\
                "data_offsets":[\(offset),\(end)]}
                """
            )
            offset = end
        }
        let text = "{\(members.joined(separator: ","))}"
        // The data begins at a multiple of 8 bytes.
        return text + String(repeating: " ", count: -text.utf8.count & 7)
    }
}
