import Files

#if canImport(Glibc)
import Glibc
#endif

/// Streams the records of a trace file, of either kind, each checked against those before it.
///
/// Reads what the file held when it was opened, one record in memory at a time.
package final class TraceReader {
    package let path: String
    /// Number of records read so far, and the byte after the last of them.
    package private(set) var recordCount = 0
    package private(set) var offset = 0
    private let length: Int
    private let descriptor: Int32
    private var shape = TraceShape()

    package init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path, cannot: "open for reading") }
        var status = stat()
        let known = fstat(descriptor, &status) == 0
        guard known, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(path, "expected a file, found a folder or device")
        }
        length = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// Whether the footer has been read.
    package var isComplete: Bool { shape.isComplete }

    /// The coefficient block that the last step belongs to.
    package var coefficientBlock: TraceCoefficientBlock? { shape.coefficientBlock }

    /// The number of the next step, which is the number of steps read so far.
    package var nextStep: Int { shape.nextStep }

    /// The next record; nil at the end of the file.
    ///
    /// - Throws: `TraceError` where the file is cut or damaged, naming record and byte. Records before it have been
    ///   returned.
    package func next() throws -> TraceRecord? {
        guard offset < length else { return nil }
        let (messageLength, prefixLength) = try readLength()
        let start = offset + prefixLength
        let rest = length - start
        // Compared before anything of that size is allocated.
        guard messageLength <= UInt64(rest) else {
            throw problem(
                "expected \(messageLength) bytes, found \(rest) to the end: the file is cut or damaged"
            )
        }
        let message = try [UInt8](unsafeUninitializedCapacity: Int(messageLength)) { buffer, count in
            try read(UnsafeMutableRawBufferPointer(buffer), at: start)
            count = buffer.count
        }
        let record: TraceRecord
        do {
            record = try message.withUnsafeBytes { try TraceRecord(message: $0) }
        } catch let error as TraceRecordProblem {
            throw problem(error.text)
        }
        if let text = shape.problem(with: record) { throw problem(text) }
        offset = start + message.count
        recordCount += 1
        return record
    }

    /// The first record, which is that of `trace.pb`.
    package func readHeader() throws -> TraceHeader {
        precondition(recordCount == 0)
        switch try next() {
        case .header(let header)?: return header
        case nil: throw TraceError(path, "expected a trace, found an empty file")
        case let other?:
            throw TraceError(
                path,
                "expected a trace of steps (trace.pb), found \(other.kindName) at its start"
            )
        }
    }

    /// The first record, which is that of `trace-ranks.pb`.
    package func readRanksHeader() throws -> TraceRanksHeader {
        precondition(recordCount == 0)
        switch try next() {
        case .ranksHeader(let header)?: return header
        case nil: throw TraceError(path, "expected a trace of ranks, found an empty file")
        case let other?:
            throw TraceError(
                path,
                "expected a trace of ranks (trace-ranks.pb), found \(other.kindName) at its start"
            )
        }
    }

    /// An error at the record that comes next.
    func problem(_ text: String) -> TraceError {
        TraceError(path, record: recordCount, offset: offset, text)
    }

    private func readLength() throws -> (value: UInt64, prefixLength: Int) {
        var prefix = [UInt8](repeating: 0, count: min(10, length - offset))
        try prefix.withUnsafeMutableBytes { try read($0, at: offset) }
        var value: UInt64 = 0
        for (index, byte) in prefix.enumerated() {
            // The tenth byte holds the 64th bit only.
            if index == 9, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte & 0x80 == 0 { return (value, index + 1) }
        }
        throw problem(
            prefix.count < 10
                ? "expected a record's length, found the end of the file: the file is cut"
                : "expected a record's length, found a number beyond 2⁶⁴: the file is damaged"
        )
    }

    private func read(_ buffer: UnsafeMutableRawBufferPointer, at start: Int) throws {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor,
                buffer.baseAddress.map { $0 + done },
                buffer.count - done,
                off_t(start + done)
            )
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(path, cannot: "read")
            }
            guard count > 0 else { throw problem("the file was cut while it was read") }
            done += count
        }
    }
}
