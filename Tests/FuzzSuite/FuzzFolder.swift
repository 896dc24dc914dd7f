import Foundation

/// A folder of this process in memory, for readers that take a path.
package final class FuzzFolder: Sendable {
    package let path: String

    package init() throws {
        let parent = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        path = "\(parent)/mehlsoup-fuzz-\(getpid())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Takes the folder away with all that is in it.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, over one of that name.
    ///
    /// - Returns: its path.
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard descriptor >= 0, close(descriptor) == 0, written == bytes.count else {
            throw FuzzFinding("\(file) could not be written: errno \(errno)")
        }
        return file
    }

    /// Takes files away that an earlier input may have left.
    func remove(_ names: String...) {
        for name in names { unlink("\(path)/\(name)") }
    }
}
