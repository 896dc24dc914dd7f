#if canImport(Glibc)
import Glibc
#endif

/// A file that appears under its name only when it is whole.
///
/// Bytes go to a temporary name in the same folder; `commit` syncs them, renames and syncs the folder. An object
/// that dies without `commit` removes its temporary file. What is there already is replaced only if it is a file: the
/// rename would put a file in the place of a device or pipe as well. Files that belong together are all sealed
/// before the first is committed, so that a full disk leaves those that were there as they were.
package final class AtomicFile {
    package let path: String
    private let temporaryPath: String
    private var descriptor: Int32
    private var isCommitted = false

    package init(_ path: String) throws(FileError) {
        self.path = path
        temporaryPath = "\(path).\(getpid()).partial"
        guard !path.isEmpty else {
            throw FileError("\"\"", "expected the name of a file to write, found none")
        }
        var status = stat()
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path, "expected a file to write, found a folder or device")
        }
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(path, cannot: "open for writing") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        // Where the file could not even be opened there is none, and nothing is lost by trying.
        if !isCommitted { unlink(temporaryPath) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(path, cannot: "write")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    package func write(_ text: String) throws(FileError) {
        var text = text
        let outcome: Result<Void, FileError> = text.withUTF8 { bytes in
            Result { () throws(FileError) in try write(UnsafeRawBufferPointer(bytes)) }
        }
        try outcome.get()
    }

    /// Makes what was written last through a loss of power, still under the temporary name; nothing follows it.
    package func seal() throws(FileError) {
        guard descriptor >= 0 else { return }
        guard fsync(descriptor) == 0 else { throw FileError(path, cannot: "sync") }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw FileError(path, cannot: "write") }
    }

    /// Makes what was written appear under `path`, whole and on disk.
    package func commit() throws(FileError) {
        try seal()
        guard rename(temporaryPath, path) == 0 else { throw FileError(path, cannot: "write") }
        isCommitted = true
        try syncFolder(of: path)
    }

    /// Writes `text` to `path` at once.
    package static func write(_ text: String, to path: String) throws(FileError) {
        let file = try AtomicFile(path)
        try file.write(text)
        try file.commit()
    }
}

/// Makes a rename in the folder of `path` last through a loss of power.
package func syncFolder(of path: String) throws(FileError) {
    let folder = folder(of: path)
    let name = folder.isEmpty ? "." : folder
    let descriptor = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(name, cannot: "open") }
    defer { close(descriptor) }
    // Some network file systems cannot sync a folder (EINVAL); the rename itself has been done.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError(name, cannot: "sync") }
}
