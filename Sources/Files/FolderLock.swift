#if canImport(Glibc)
import Glibc
#endif

/// Keeps a folder for one process; others that ask for it are refused until this object or its process is gone.
///
/// The lock is the kernel's (flock), on the folder itself: nothing is left behind however the process ends. On network
/// file systems that cannot lock folders nothing is held.
package final class FolderLock {
    private let descriptor: Int32

    /// * `patience`: seconds to wait for a process that is ending
    /// * throws `FileError` where another process has the folder
    package init(_ path: String, patience: Double = 5) throws(FileError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path, cannot: "open") }
        var tries = Int(patience / 0.05)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            guard errno == EWOULDBLOCK else { return }
            guard tries > 0 else {
                close(descriptor)
                throw FileError(path, "expected a folder to write into, found another run at work in it")
            }
            tries -= 1
            usleep(50_000)
        }
    }

    deinit {
        close(descriptor)
    }
}
