import Files

#if canImport(Glibc)
import Glibc
#endif

/// Writes a trace file record by record, under a temporary name until `commit`.
///
/// Every record is handed to the system whole and at once, so that a process that dies leaves a file that can be read
/// up to its last record, and a later run can go on with it.
package final class TraceWriter {
    package let path: String
    package let partialPath: String
    private var descriptor: Int32
    private var shape = TraceShape()
    private var length = 0
    private var digest = RunningDigest()

    /// Starts a new trace; `header` is a `.header` or a `.ranksHeader`.
    package init(_ path: String, header: TraceRecord) throws(FileError) {
        self.path = path
        partialPath = path + TraceFiles.partialSuffix
        descriptor = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(path, cannot: "open for writing") }
        do {
            try append(header)
        } catch {
            // A disk that is full already: half a header is no trace.
            discard()
            throw error
        }
    }

    /// Goes on with the trace that an interrupted run left, at a place that it had reached.
    ///
    /// What was recorded from there on is cut off. A trace of steps must have the same header; a trace of ranks gets the
    /// new one where it differs.
    ///
    /// * `visit`: gets every record that is kept
    /// * throws `TraceError` where the file does not hold what the place says; it is then as it was
    package init(
        resuming path: String,
        header: TraceRecord,
        at place: TracePlace,
        visit: (TraceRecord) throws -> Void
    ) throws {
        self.path = path
        partialPath = path + TraceFiles.partialSuffix
        descriptor = -1
        shape = try Self.keptShape(of: partialPath, header: header, place, visit)
        digest = try Self.digest(of: partialPath, place)
        descriptor = open(partialPath, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(partialPath, cannot: "open for writing") }
        guard ftruncate(descriptor, off_t(place.offset)) == 0,
            lseek(descriptor, off_t(place.offset), SEEK_SET) >= 0
        else {
            throw FileError(partialPath, cannot: "write")
        }
        length = place.offset
        if case .ranksHeader(let ranks) = header, ranks != shape.ranksHeader { try append(header) }
    }

    /// Where the trace ends now.
    package var place: TracePlace { TracePlace(offset: length, sha256: digest.text) }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes one record; its arrays must have the lengths that the header and the coefficient block say.
    package func append(_ record: TraceRecord) throws(FileError) {
        if let problem = shape.problem(with: record) { preconditionFailure("\(path): \(problem)") }
        let bytes = record.framed()
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(path, cannot: "write")
            }
            done += written
        }
        length += bytes.count
        bytes.withUnsafeBytes { digest.update($0) }
    }

    /// Returns when all records are on disk: before a run's state that builds on them is saved.
    package func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(path, cannot: "sync") }
    }

    /// Makes the trace appear under its name, on disk; nothing follows it.
    package func commit() throws(FileError) {
        try sync()
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, rename(partialPath, path) == 0 else { throw FileError(path, cannot: "write") }
        try syncFolder(of: path)
    }

    /// Removes what was written, as a run does that ends before its first step.
    package func discard() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        unlink(partialPath)
    }

    /// Reads the records before `place`; returns what they say of those that may follow.
    private static func keptShape(
        of path: String,
        header: TraceRecord,
        _ place: TracePlace,
        _ visit: (TraceRecord) throws -> Void
    ) throws -> TraceShape {
        let reader = try TraceReader(path)
        var shape = TraceShape()
        while reader.offset < place.offset {
            guard let record = try reader.next() else {
                throw TraceError(path, "expected \(place.offset) bytes, found \(reader.offset)")
            }
            if shape.isEmpty { try check(header, against: record, path) }
            _ = shape.problem(with: record)
            try visit(record)
        }
        guard reader.offset == place.offset, !shape.isEmpty else {
            throw TraceError(path, "expected a record's end at byte \(place.offset), found \(reader.offset)")
        }
        return shape
    }

    private static func check(_ header: TraceRecord, against first: TraceRecord, _ path: String) throws {
        switch (header, first) {
        case (.header(let expected), .header(let found)):
            guard let difference = TraceDiff.differences(expected, found).first(where: { !$0.isNote }) else {
                return
            }
            throw TraceError(path, "not the trace of the run to resume: \(difference.text)")
        case (.ranksHeader, .ranksHeader): return
        default: throw TraceError(path, "expected \(header.kindName) at its start, found \(first.kindName)")
        }
    }

    private static func digest(of path: String, _ place: TracePlace) throws -> RunningDigest {
        let file = try MappedFile(path)
        var digest = RunningDigest()
        guard file.bytes.count >= place.offset else {
            throw TraceError(path, "expected \(place.offset) bytes, found \(file.bytes.count)")
        }
        digest.update(UnsafeRawBufferPointer(rebasing: file.bytes[..<place.offset]))
        guard digest.text == place.sha256 else {
            throw TraceError(
                path,
                "expected the \(place.offset) bytes that were written, found others: it is damaged"
            )
        }
        return digest
    }
}

/// A place between two records of a trace that is being written, and what lies before it.
package struct TracePlace: Sendable, Equatable, Codable {
    /// Bytes before it.
    package let offset: Int
    /// Of these bytes.
    package let sha256: String

    package init(offset: Int, sha256: String) {
        self.offset = offset
        self.sha256 = sha256
    }
}
