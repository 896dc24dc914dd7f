import Files
import Foundation

/// The folder that a run writes into; made before the work starts, so that it is known to be writable.
package final class RunFolder {
    package let path: String
    private let isNew: Bool

    /// Makes the folder where there is none, and proves that files can be written there.
    package init(_ path: String) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        if exists, !isFolder.boolValue {
            throw FileError(path, "expected a folder to write into, found a file")
        }
        isNew = !exists
        if isNew {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw FileError(path, "cannot make the folder to write into")
            }
        }
        // An atomic file that is never committed leaves nothing behind.
        _ = try AtomicFile(file("metrics.json"))
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func write(_ text: String, to name: String) throws {
        try AtomicFile.write(text, to: file(name))
    }

    /// Takes the folder away again if this run made it and nothing is in it.
    package func removeIfUnused() {
        guard isNew, let contents = try? FileManager.default.contentsOfDirectory(atPath: path),
            contents.isEmpty
        else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}
