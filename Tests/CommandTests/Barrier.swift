import Foundation

/// A pipe in the place of a file that a program is about to write: it takes 4 KiB, and then the program waits.
final class Barrier {
    private let path: String
    private var descriptor: Int32 = -1

    init(_ path: String) {
        self.path = path
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether the program has begun to write there.
    ///
    /// The pipe comes into being at the first look at which there is no file of that name.
    var isReached: Bool {
        if descriptor < 0, mkfifo(path, 0o600) == 0 {
            // Open at both ends, so that the program need not wait for a reader before it writes.
            descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            let setPipeSize: Int32 = 1031
            _ = fcntl(descriptor, setPipeSize, 4096)
        }
        var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return descriptor >= 0 && poll(&look, 1, 0) > 0
    }
}
