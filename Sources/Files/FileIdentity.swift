#if canImport(Glibc)
import Glibc
#endif

/// What tells a file from a copy of it, on whatever host it is looked at.
///
/// The device's number is left out: it differs between the hosts of a shared file system. Two files that agree in all
/// of this are one and the same for all that matters; two that do not may still hold the same bytes.
package struct FileIdentity: Codable, Hashable, Sendable {
    package let size: Int
    package let inode: UInt64
    /// Times of the last change of the contents and of the inode, in nanoseconds since 1970.
    package let modified: Int
    package let changed: Int

    package init(size: Int, inode: UInt64, modified: Int, changed: Int) {
        self.size = size
        self.inode = inode
        self.modified = modified
        self.changed = changed
    }

    init(_ status: stat) {
        self.init(
            size: Int(status.st_size),
            inode: UInt64(status.st_ino),
            modified: nanoseconds(status.st_mtim),
            changed: nanoseconds(status.st_ctim)
        )
    }
}

/// A file system may hold any time, however absurd: only equality counts here, so it wraps.
private func nanoseconds(_ time: timespec) -> Int { Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec) }
