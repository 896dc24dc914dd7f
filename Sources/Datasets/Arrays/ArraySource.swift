import Archives
import Diagnostics
import Files
import Tensors

/// The bytes of an array file, plain or compressed, read from the front.
///
/// The reader asks for the header first, learns from it how long the array is, then takes exactly that much: mapped
/// where the bytes are plain, inflated into memory where they are not.
struct ArraySource {
    /// For messages: the file, and the member of it.
    let path: String
    private let file: MappedFile
    private let range: Range<Int>
    private let inflater: Inflater?
    private let checksum: UInt?
    private var position = 0

    /// Plain bytes of a file.
    init(_ file: MappedFile, _ range: Range<Int>, path: String) {
        self.path = path
        self.file = file
        self.range = range
        inflater = nil
        checksum = nil
    }

    /// Compressed bytes of a file; `checksum` is the CRC-32 of what comes out, where they do not hold their own.
    init(
        _ file: MappedFile,
        _ range: Range<Int>,
        path: String,
        wrapping: Inflater.Wrapping,
        checksum: UInt?
    ) throws {
        self.path = path
        self.file = file
        self.range = range
        self.checksum = checksum
        let compressed = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        inflater = try Inflater(compressed, wrapping: wrapping, path: path)
    }

    /// An array that is a member of a zip file.
    ///
    /// - Throws: `DatasetError` where there is no such member, `ArchiveError` where it is broken.
    init(_ archive: ZipArchive, _ name: String) throws {
        guard archive.contains(name) else {
            throw DatasetError(
                archive.file.path,
                expected: "one array \(name)",
                found: "0 among \(archive.names.sorted().prefix(8).joined(separator: ", ").abridged)"
            )
        }
        let member = try archive.member(name)
        switch member.method {
        case .stored: self.init(archive.file, member.range, path: member.path)
        case .deflated:
            try self.init(
                archive.file,
                member.range,
                path: member.path,
                wrapping: .none,
                checksum: member.checksum
            )
        }
    }

    /// The next `count` bytes of the header; `count` is small.
    mutating func header(_ count: Int) throws -> [UInt8] {
        guard let inflater else {
            guard count <= range.count - position else {
                throw DatasetError(path, expected: "a header", found: "a file of \(range.count) bytes")
            }
            let start = range.lowerBound + position
            position += count
            return Array(file.bytes[start..<start + count])
        }
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { target in try inflater.fill(target) }
        return bytes
    }

    /// All that follows the header, which must be exactly `count` bytes.
    mutating func array(_ count: Int) throws -> ArrayBytes {
        guard let inflater else {
            guard count == range.count - position else {
                throw DatasetError(
                    path,
                    expected: "\(count) bytes after the header, as its shape says",
                    found: "\(range.count - position)"
                )
            }
            return ArrayBytes(file, range.lowerBound + position..<range.upperBound)
        }
        // A shape cannot claim more than the compressed bytes could possibly hold; and what it does claim takes memory
        // only as it comes out, since untouched pages of the buffer take none.
        guard count / Inflater.greatestRatio <= range.count else {
            throw DatasetError(
                path,
                expected: "\(count) bytes, as its shape says",
                found: "\(range.count) compressed ones, too few"
            )
        }
        let memory = AlignedBuffer<UInt8>(count: count)
        try inflater.fill(UnsafeMutableRawBufferPointer(memory.elements))
        try inflater.expectEnd()
        if let checksum, inflater.checksum != checksum {
            throw DatasetError(
                path,
                expected: "data with the checksum the archive gives",
                found: "another: corrupt"
            )
        }
        file.release(range)
        return ArrayBytes(memory, from: file)
    }
}
