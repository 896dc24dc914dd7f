/// The header of a safetensors file, checked against the length of the file.
///
/// The format: 8 bytes of header length (little-endian), the header in JSON, then the tensors' bytes without gaps.
/// Source: https://github.com/huggingface/safetensors, "Format".
package struct SafetensorsHeader: Sendable {
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let type: StoredType
        package let shape: [Int]
        package let count: Int
        /// Its bytes, counted from the beginning of the file.
        package let byteRange: Range<Int>
    }

    /// In the order of their place in the file.
    package let entries: [Entry]
    package let metadata: [String: String]
    /// Bytes of the file up to its first tensor.
    package let byteCount: Int

    /// The format's own limit.
    static let longestHeader = 100_000_000

    /// - Parameters:
    ///   - file: all bytes of the file; only the header is touched.
    ///   - path: its name, for messages.
    /// - Throws: `CheckpointError` where the header is not sound or does not fit the file.
    package init(_ file: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
        try self.init(file, fileLength: file.count, path: path)
    }

    /// The same of the file's beginning alone, which must hold the whole header.
    package init(
        _ file: UnsafeRawBufferPointer,
        fileLength: Int,
        path: String
    ) throws(CheckpointError) {
        guard file.count >= 8 else {
            throw CheckpointError(
                path,
                expected: "a safetensors file of at least 8 bytes",
                found: "\(file.count) bytes"
            )
        }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= Self.longestHeader, Int(length) <= file.count - 8 else {
            throw CheckpointError(
                path,
                expected: "a header of at most \(min(Self.longestHeader, file.count - 8)) bytes",
                found: "a header length of \(length): not a safetensors file, or cut short"
            )
        }
        let dataStart = 8 + Int(length)
        var text = HeaderText(UnsafeRawBufferPointer(rebasing: file[8..<dataStart]), path: path)
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        try text.object { name, text throws(CheckpointError) in
            if name == "__metadata__" {
                try text.object { key, text throws(CheckpointError) in metadata[key] = try text.string() }
            } else {
                entries.append(try Self.entry(name, &text, dataStart: dataStart, path: path))
            }
        }
        try text.expectEnd()
        // Empty tensors share their start with the next one, so the end counts too.
        entries.sort {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < (
                $1.byteRange.lowerBound, $1.byteRange.upperBound
            )
        }
        try Self.checkPlaces(entries, dataStart: dataStart, fileLength: fileLength, path: path)
        self.entries = entries
        self.metadata = metadata
        byteCount = dataStart
    }

    private static func entry(
        _ name: String,
        _ text: inout HeaderText,
        dataStart: Int,
        path: String
    ) throws(CheckpointError) -> Entry {
        func failure(_ expected: String, _ found: String) -> CheckpointError {
            CheckpointError(path, tensor: name.abridged, expected: expected, found: found)
        }
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try text.object { key, text throws(CheckpointError) in
            switch key {
            case "dtype": type = try text.string()
            case "shape": shape = try text.wholeNumbers()
            case "data_offsets": offsets = try text.wholeNumbers()
            default: throw failure("dtype, shape and data_offsets", "\"\(key.abridged)\"")
            }
        }
        guard let type, let shape, let offsets else {
            throw failure("dtype, shape and data_offsets", "not all of them")
        }
        guard let type = StoredType(rawValue: type) else {
            let known = StoredType.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw failure("an element type of \(known)", type.abridged)
        }
        guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= Int.max - dataStart else {
            throw failure("data_offsets [begin, end]", "\(offsets.prefix(3))")
        }
        guard let count = shape.product, let length = [count, type.byteCount].product else {
            throw failure("fewer than 2⁶³ bytes", "shape \(shape.shapeText.abridged)")
        }
        guard length == offsets[1] - offsets[0] else {
            throw failure(
                "\(length) bytes for \(shape.shapeText.abridged) of \(type.rawValue)",
                "data_offsets of \(offsets[1] - offsets[0]) bytes"
            )
        }
        return Entry(
            name: name,
            type: type,
            shape: shape,
            count: count,
            byteRange: dataStart + offsets[0]..<dataStart + offsets[1]
        )
    }

    private static func checkPlaces(
        _ entries: [Entry],
        dataStart: Int,
        fileLength: Int,
        path: String
    ) throws(CheckpointError) {
        var end = dataStart
        for entry in entries {
            guard entry.byteRange.lowerBound == end else {
                throw CheckpointError(
                    path,
                    tensor: entry.name.abridged,
                    expected: "data from byte \(end) of the file, where the tensor before it ends",
                    found: "from byte \(entry.byteRange.lowerBound)"
                )
            }
            end = entry.byteRange.upperBound
        }
        guard end == fileLength else {
            throw CheckpointError(
                path,
                expected: "\(end) bytes, as its header says",
                found: "\(fileLength) bytes"
                    + (fileLength < end ? ": cut short, as by a copy or download that was not finished" : "")
            )
        }
    }
}
