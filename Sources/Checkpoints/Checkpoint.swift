import Files
import OrderedCollections
import Tensors

/// One tensor of a checkpoint and where its numbers lie.
package struct StoredTensor: Sendable, Equatable {
    package let name: String
    package let type: ElementType
    package let shape: [Int]
    /// Its bytes, counted from the beginning of the file.
    package let byteRange: Range<Int>

    package init(name: String, type: ElementType, shape: [Int], byteRange: Range<Int>) {
        self.name = name
        self.type = type
        self.shape = shape
        self.byteRange = byteRange
    }

    package var count: Int { byteRange.count / type.byteCount }
}

/// A model's weights in a safetensors file, memory-mapped and read-only; or only its header, where the file lies on
/// another host.
///
/// Opening reads and checks the header; weights are read from disk only when asked for. Any number of threads may
/// read at once.
package final class Checkpoint: Sendable {
    package let path: String
    /// The tensors by name, in the order of their place in the file.
    package let tensors: OrderedDictionary<String, StoredTensor>
    package let metadata: [String: String]
    /// Length of the whole file.
    package let byteCount: Int
    /// The file up to its first tensor.
    package let header: [UInt8]
    /// Where the file itself is.
    private let place: Place

    private enum Place {
        case here(MappedFile)
        /// On this host only, as far as is known here; with what it showed there as its sketch.
        case elsewhere(host: String, sketch: String)
    }

    /// Opens a file and checks its whole header against its length.
    ///
    /// - Throws: `FileError` where it cannot be read, `CheckpointError` where it is not a sound safetensors file or holds a
    ///   tensor of another type than float32, float16 and bfloat16.
    package convenience init(_ path: String) throws {
        let file = try MappedFile(path)
        let header = try SafetensorsHeader(file.bytes, path: path)
        try self.init(
            path,
            header,
            bytes: withExtendedLifetime(file) { Array(file.bytes[..<header.byteCount]) },
            byteCount: file.bytes.count,
            .here(file)
        )
    }

    /// A file that cannot be read here but on `host`, by its header; nothing can be read from it.
    ///
    /// - Throws: `CheckpointError` as when a file is opened.
    package convenience init(
        _ path: String,
        header: [UInt8],
        byteCount: Int,
        sketch: String,
        host: String
    ) throws {
        let parsed = try header.withUnsafeBytes { bytes in
            try SafetensorsHeader(bytes, fileLength: byteCount, path: path)
        }
        try self.init(
            path,
            parsed,
            bytes: header,
            byteCount: byteCount,
            .elsewhere(host: host, sketch: sketch)
        )
    }

    private init(
        _ path: String,
        _ header: SafetensorsHeader,
        bytes: [UInt8],
        byteCount: Int,
        _ place: Place
    ) throws {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for entry in header.entries {
            guard let type = ElementType(rawValue: entry.type) else {
                throw CheckpointError(
                    path,
                    tensor: entry.name.abridged,
                    expected:
                        "an element type of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))",
                    found: entry.type
                )
            }
            tensors[entry.name] = StoredTensor(
                name: entry.name,
                type: type,
                shape: entry.shape,
                byteRange: entry.byteRange
            )
        }
        guard !tensors.isEmpty else {
            throw CheckpointError(path, expected: "at least one tensor", found: "none")
        }
        self.path = path
        self.tensors = tensors
        self.byteCount = byteCount
        self.header = bytes
        self.place = place
        metadata = header.metadata
    }

    /// Whether the file itself can be read on this rank.
    package var isHere: Bool { file != nil }

    /// The file's identity; nil where it is elsewhere.
    package var identity: FileIdentity? { file?.identity }

    /// The path, and the host where it is another one: for messages.
    package var displayName: String {
        switch place {
        case .here: path
        case .elsewhere(let host, _): "\(path) (on \(host))"
        }
    }

    var file: MappedFile? {
        switch place {
        case .here(let file): file
        case .elsewhere: nil
        }
    }

    /// SHA-256 of the whole file, in lower-case hexadecimal; only of a file that is here.
    package func sha256() throws(FileError) -> String {
        guard let file else { preconditionFailure("\(path) is not here") }
        return try file.sha256()
    }

    /// SHA-256 of the file's header and two ends.
    package func sketch() -> String {
        switch place {
        case .here(let file):
            var digest = ContentDigest()
            header.withUnsafeBytes { digest.add($0) }
            return Files.sha256(of: digest.text + file.sketch())
        case .elsewhere(_, let sketch): return sketch
        }
    }
}
