import Foundation

/// A folder of its own for one test, removed with everything in it when this object dies.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// * `inMemory`: for a run that waits for the disk at every step: beside others that write, that is seconds a step
    package init(inMemory: Bool = false) throws {
        let memory = "/dev/shm"
        let isThere = inMemory && FileManager.default.isWritableFile(atPath: memory)
        let place = isThere ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
        let url = place.appendingPathComponent("mehlsoup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    package var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    /// Writes a file into the folder.
    ///
    /// - Returns: its path.
    package func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: file(name)))
    }
}
