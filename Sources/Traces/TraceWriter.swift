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

    /// Goes on with the trace that an interrupted run left, right before step `nextStep`.
    ///
    /// What was recorded from there on is cut off, with the record of a coefficient block of which no step is left:
    /// a coefficient block is recorded right before its first step. A trace of steps must have the same header; a
    /// trace of ranks gets the new one where it differs.
    package init(resuming path: String, header: TraceRecord, nextStep: Int) throws {
        self.path = path
        partialPath = path + TraceFiles.partialSuffix
        descriptor = -1
        let kept = try Self.keptPart(of: partialPath, header: header, nextStep: nextStep)
        descriptor = open(partialPath, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(partialPath, cannot: "open for writing") }
        guard ftruncate(descriptor, off_t(kept.offset)) == 0,
            lseek(descriptor, off_t(kept.offset), SEEK_SET) >= 0
        else {
            throw FileError(partialPath, cannot: "write")
        }
        shape = kept.shape
        if case .ranksHeader(let ranks) = header, ranks != shape.ranksHeader { try append(header) }
    }

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

    /// The records before step `nextStep`: where they end, and what they say of those that may follow.
    private static func keptPart(
        of path: String,
        header: TraceRecord,
        nextStep: Int
    ) throws -> (offset: Int, shape: TraceShape) {
        let reader = try TraceReader(path)
        guard let first = try reader.next() else {
            throw TraceError(path, "expected the trace of the run to resume, found an empty file")
        }
        if case .header(let expected) = header {
            guard case .header(let found) = first else {
                throw TraceError(path, "expected a trace of steps, found \(first.kindName) at its start")
            }
            if let difference = TraceDiff.differences(expected, found).first(where: { !$0.isNote }) {
                throw TraceError(path, "not the trace of the run to resume: \(difference.text)")
            }
        } else if case .header = first {
            throw TraceError(path, "expected a trace of ranks, found a header at its start")
        }
        var shape = TraceShape()
        _ = shape.problem(with: first)
        var kept = (offset: reader.offset, shape: shape)
        while kept.shape.nextStep < nextStep {
            let record: TraceRecord?
            do {
                record = try reader.next()
            } catch is TraceError {
                // The last record of a process that died may be cut; it matters only if its step is needed.
                record = nil
            }
            guard let record else {
                throw TraceError(
                    path,
                    "expected the steps before \(nextStep), found those before \(kept.shape.nextStep)"
                )
            }
            _ = shape.problem(with: record)
            if shape.nextStep > kept.shape.nextStep { kept = (reader.offset, shape) }
        }
        return kept
    }
}
