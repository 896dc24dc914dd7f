#if canImport(Glibc)
import Glibc
#endif

/// Whole files, read rather than mapped: for many small ones, and for those that others may cut short meanwhile.
package enum FileBytes {
    /// - Throws: `FileError` where there is no regular, readable file of at most `limit` bytes.
    package static func read(_ path: String, atMost limit: Int) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path, cannot: "open for reading") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path, cannot: "read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path, "expected a file, found a folder or device")
        }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw FileError(path, "expected a file of at most \(limit) bytes, found \(size)")
        }
        var problem: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let base = buffer.baseAddress {
                let got = Glibc.read(descriptor, base + count, size - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { problem = errno }
                guard got > 0 else { return }
                count += got
            }
        }
        guard problem == 0 else { throw FileError(path, cannot: "read", errno: problem) }
        return bytes
    }

    /// A part of a file; shorter where the file is.
    package static func read(_ path: String, _ range: Range<Int>) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path, cannot: "open for reading") }
        defer { close(descriptor) }
        var problem: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count, let base = buffer.baseAddress {
                let got = pread(descriptor, base + count, range.count - count, range.lowerBound + count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { problem = errno }
                guard got > 0 else { return }
                count += got
            }
        }
        guard problem == 0 else { throw FileError(path, cannot: "read", errno: problem) }
        return bytes
    }
}

extension FileIdentity {
    /// What a file or folder is now.
    ///
    /// - Throws: `FileError` where there is none.
    package init(of path: String) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(path, cannot: "look at") }
        self.init(status)
    }
}
