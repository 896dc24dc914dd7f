import CZlib

/// Inflates a compressed run of bytes, piece by piece.
///
/// zlib keeps a pointer to its stream, so the stream has a fixed address; it and zlib's own memory are freed when
/// this object dies.
package final class Inflater {
    package enum Wrapping {
        case gzip
        /// Bare deflate data, as in a zip file.
        case none
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private let wrapping: Wrapping
    private let path: String
    private var rest: UnsafeRawBufferPointer
    private var isAtEnd = false
    /// CRC-32 of what came out so far; gzip data is checked by zlib itself.
    package private(set) var checksum: UInt = 0

    /// One compressed byte never becomes more than this many (the limit of deflate's longest matches).
    package static let greatestRatio = 1032

    /// - Parameters:
    ///   - compressed: must stay valid while this object is used.
    ///   - wrapping: what is around the compressed data.
    ///   - path: for messages.
    /// - Throws: `ArchiveError` where zlib cannot start.
    package init(_ compressed: UnsafeRawBufferPointer, wrapping: Wrapping, path: String) throws(ArchiveError)
    {
        self.wrapping = wrapping
        self.path = path
        rest = compressed
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let windowBits: Int32 = wrapping == .gzip ? 15 + 16 : -15
        let status = inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            // All properties are set, so deinit runs and frees the stream.
            throw ArchiveError(path, expected: "zlib to start", found: "its status \(status)")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// All that comes out.
    ///
    /// - Throws: `ArchiveError` where the data is corrupt, cut short or more than `most` bytes.
    package func whole(most: Int) throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { piece.deallocate() }
        while !isAtEnd {
            let count = try read(into: piece)
            guard count <= most - bytes.count else {
                throw ArchiveError(path, expected: "at most \(most) bytes, inflated", found: "more")
            }
            bytes += piece[..<count]
        }
        guard rest.isEmpty else { throw ArchiveError(path, expected: "no more data", found: "more") }
        return bytes
    }

    /// Fills `target` with the next bytes that come out.
    ///
    /// - Throws: `ArchiveError` where the data is corrupt or ends before `target` is full.
    package func fill(_ target: UnsafeMutableRawBufferPointer) throws(ArchiveError) {
        let count = try read(into: target)
        guard count == target.count else {
            throw ArchiveError(
                path,
                expected: "\(target.count - count) more bytes of inflated data",
                found: "its end"
            )
        }
    }

    /// Throws where more comes out, or anything follows the compressed data.
    package func expectEnd() throws(ArchiveError) {
        var extra: UInt8 = 0
        let outcome = withUnsafeMutableBytes(of: &extra) { target in
            Result { () throws(ArchiveError) in try read(into: target) }
        }
        guard try outcome.get() == 0, rest.isEmpty else {
            throw ArchiveError(path, expected: "no more data", found: "more")
        }
    }

    private func read(into target: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var filled = 0
        while filled < target.count, !isAtEnd {
            // zlib counts in 32 bits.
            let piece = 1 << 30
            let room = min(target.count - filled, piece)
            let offered = min(rest.count, piece)
            let output = target.baseAddress.map { $0 + filled }
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
            )
            stream.pointee.avail_in = UInt32(offered)
            stream.pointee.next_out = output?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let status = inflate(stream, Z_NO_FLUSH)
            rest = UnsafeRawBufferPointer(rebasing: rest[(offered - Int(stream.pointee.avail_in))...])
            let produced = room - Int(stream.pointee.avail_out)
            if wrapping == .none {
                checksum = crc32(checksum, output?.assumingMemoryBound(to: UInt8.self), UInt32(produced))
            }
            filled += produced
            switch status {
            case Z_OK: break
            case Z_STREAM_END: try endMember()
            // No progress is possible: the input has ended before the stream.
            case Z_BUF_ERROR: throw corrupt("the end of the compressed data", "a file cut short")
            default: throw corrupt("sound compressed data", message)
            }
        }
        return filled
    }

    /// A gzip file may be several compressed members in a row.
    private func endMember() throws(ArchiveError) {
        guard wrapping == .gzip, !rest.isEmpty else {
            isAtEnd = true
            return
        }
        guard inflateReset(stream) == Z_OK else { throw corrupt("zlib to start again", message) }
    }

    private var message: String {
        stream.pointee.msg.map { "\"\(String(cString: $0))\"" } ?? "corrupt data"
    }

    private func corrupt(_ expected: String, _ found: String) -> ArchiveError {
        ArchiveError(path, expected: expected, found: found)
    }
}
