#if canImport(Glibc)
import Glibc
#endif

/// A file's bytes, memory-mapped read-only: pages are read from disk only when touched.
///
/// The bytes live as long as this object does: who takes `bytes` keeps the file itself in a variable or property.
/// Reading a mapped file that another process cuts short raises SIGBUS, so `checkUnchanged` compares the file's
/// length with the mapped one before a long read. A mapping keeps no file open: there may be more of them than the system
/// allows of those.
package final class MappedFile: @unchecked Sendable {
    package let path: String
    package let bytes: UnsafeRawBufferPointer
    /// As it was when it was opened.
    package let identity: FileIdentity
    private let isMapped: Bool

    /// Bytes that are in memory anyway, part of the program or of another file, and stay there.
    ///
    /// * `name`: for messages
    package init(name: String, bytes: UnsafeRawBufferPointer) {
        path = name
        self.bytes = bytes
        identity = FileIdentity(size: bytes.count, inode: 0, modified: 0, changed: 0)
        isMapped = false
    }

    /// * throws `FileError` where there is no regular, readable file.
    package init(_ path: String) throws(FileError) {
        self.path = path
        // A pipe without a writer must not hold us up: it opens at once and is refused below.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path, cannot: "open for reading") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path, cannot: "read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path, "expected a file, found a folder or device")
        }
        identity = FileIdentity(status)
        isMapped = true
        let length = Int(status.st_size)
        guard length > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED
        else { throw FileError(path, cannot: "map into memory") }
        bytes = UnsafeRawBufferPointer(start: address, count: length)
    }

    deinit {
        if isMapped, let start = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }

    /// The whole of a small file as text, a copy of its own.
    ///
    /// * throws `FileError` where it is longer than a description or configuration can be, or no UTF-8
    package func text() throws(FileError) -> String {
        let longest = 64 << 20
        guard bytes.count <= longest else {
            throw FileError(path, "expected a text of at most \(longest) bytes, found \(bytes.count)")
        }
        // The file must not be unmapped before the text has been made, however short its other uses are.
        guard let text = withExtendedLifetime(self, { String(validating: bytes, as: UTF8.self) }) else {
            throw FileError(path, "expected text in UTF-8, found bytes that are none")
        }
        return text
    }

    /// Throws where the file has become shorter since it was mapped.
    ///
    /// Where it was removed or replaced by another, the mapping still has what it had.
    package func checkUnchanged() throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0, UInt64(status.st_ino) == identity.inode,
            Int(status.st_size) < bytes.count
        else { return }
        throw FileError(path, "expected \(bytes.count) bytes as when it was opened, found fewer: it was cut")
    }

    /// Tells the kernel to read from disk what is touched or fetched ahead, and nothing around it.
    ///
    /// By itself it reads megabytes around every place that is touched: more than all of a slice, where a rank needs but
    /// a slice of a file. Whoever then reads much at once fetches it ahead.
    package func readNothingElse() { advise(0..<bytes.count, MADV_RANDOM) }

    /// Has the kernel begin to read bytes from disk, without waiting for them.
    package func fetchAhead(_ range: Range<Int>) {
        // The kernel may cut longer requests short.
        let step = 1 << 18
        for start in stride(from: range.lowerBound, to: range.upperBound, by: step) {
            advise(start..<min(start + step, range.upperBound), MADV_WILLNEED)
        }
    }

    private func advise(_ range: Range<Int>, _ advice: Int32) {
        guard let base = bytes.baseAddress, !range.isEmpty else { return }
        let start = range.lowerBound / Self.pageSize * Self.pageSize
        madvise(UnsafeMutableRawPointer(mutating: base + start), range.upperBound - start, advice)
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// Tells the kernel that these bytes are not needed for now, so that they leave this process's memory.
    ///
    /// A page fault also maps pages around the one that was touched, up to a huge page (2 MiB) where the kernel caches
    /// the file in such. They go too, or reading a little here and there would add up; whoever needs them faults again.
    package func release(_ range: Range<Int>) {
        guard let start = bytes.baseAddress, !range.isEmpty else { return }
        let hugePage = 1 << 21
        let first = max(range.lowerBound - hugePage, 0) / hugePage * hugePage
        let end = min(range.upperBound + hugePage, bytes.count)
        madvise(UnsafeMutableRawPointer(mutating: start + first), end - first, MADV_DONTNEED)
    }
}
