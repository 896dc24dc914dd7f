import Diagnostics
import Files
import Tensors

/// Writes flat float32 parameters as safetensors.
package enum CheckpointWriter {
    /// Writes a model under `path`, which appears only when it is whole.
    ///
    /// The tensors follow each other in the layout's order, those of wider element types first, as other readers want
    /// tensors aligned to their elements; or, where `like` is given, in that file's order (tensors which it lacks come
    /// last). Numbers are converted in small pieces: no second copy of the model is made.
    ///
    /// - Parameters:
    ///   - parameters: `layout.count` numbers.
    ///   - layout: the tensors and their places in `parameters`.
    ///   - types: element type per parameter of the layout.
    ///   - metadata: the header's own notes, as in ["format": "pt"].
    ///   - like: a file whose order of tensors is kept.
    ///   - path: an existing file is replaced.
    /// - Throws: `FileError` where it cannot be written, `RunError` where a number is not finite or too large for its type.
    package static func write(
        _ parameters: UnsafePointer<Float>,
        layout: ParameterLayout,
        types: [ElementType],
        metadata: [String: String],
        like: Checkpoint? = nil,
        to path: String
    ) throws {
        let file = try AtomicFile(path)
        try write(parameters, layout: layout, types: types, metadata: metadata, like: like, into: file)
        try file.commit()
    }

    /// The same into a file that the caller commits.
    package static func write(
        _ parameters: UnsafePointer<Float>,
        layout: ParameterLayout,
        types: [ElementType],
        metadata: [String: String],
        like: Checkpoint? = nil,
        into file: AtomicFile
    ) throws {
        precondition(types.count == layout.parameters.count)
        let order = order(of: layout, types: types, like: like)
        let header = header(layout, types: types, order: order, metadata: metadata)
        let length = UInt64(header.utf8.count).littleEndian
        try withUnsafeBytes(of: length) { try file.write($0) }
        try file.write(header)
        let scratch = AlignedBuffer<UInt32>(count: pieceLength)
        let decoded = AlignedBuffer<Float>(count: pieceLength)
        for index in order {
            let (parameter, type) = (layout.parameters[index], types[index])
            for start in stride(from: 0, to: parameter.range.count, by: pieceLength) {
                let count = min(pieceLength, parameter.range.count - start)
                let source = parameters + parameter.range.lowerBound + start
                type.encode(source, count: count, into: scratch.base)
                type.decode(scratch.base, count: count, into: decoded.base)
                if let bad = firstNonFinite(decoded.base, count: count) {
                    throw RunError(
                        """
                        \(file.path): tensor "\(parameter.name.onOneLine)", element \(start + bad): \
                        \(source[bad]) cannot be stored as \(type.rawValue); nothing was written
                        """
                    )
                }
                try file.write(UnsafeRawBufferPointer(start: scratch.base, count: count * type.byteCount))
            }
        }
    }

    private static let pieceLength = 1 << 16

    private static func order(
        of layout: ParameterLayout,
        types: [ElementType],
        like: Checkpoint?
    ) -> [Int] {
        let indexes = Array(layout.parameters.indices)
        let rank: [Int] =
            if let like {
                layout.parameters.map { like.tensors.index(forKey: $0.name) ?? like.tensors.count }
            } else {
                types.map { -$0.byteCount }
            }
        // The index as second key keeps the layout's order among equals.
        return indexes.sorted { (rank[$0], $0) < (rank[$1], $1) }
    }

    private static func header(
        _ layout: ParameterLayout,
        types: [ElementType],
        order: [Int],
        metadata: [String: String]
    ) -> String {
        var members: [String] = []
        if !metadata.isEmpty {
            let notes = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(notes.joined(separator: ","))}")
        }
        var offset = 0
        for index in order {
            let parameter = layout.parameters[index]
            let end = offset + parameter.range.count * types[index].byteCount
            let shape = parameter.shape.map(String.init).joined(separator: ",")
            members.append(
                """
                \(quoted(parameter.name)):{"dtype":"\(types[index].rawValue)","shape":[\(shape)],\
                "data_offsets":[\(offset),\(end)]}
                """
            )
            offset = end
        }
        let text = "{\(members.joined(separator: ","))}"
        // The data begins at a multiple of 8 bytes.
        return text + String(repeating: " ", count: -text.utf8.count & 7)
    }

    private static func quoted(_ name: String) -> String {
        let escaped = name.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\0"..<" ":
                "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2)
                    + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
