import Files
import Foundation

/// The folder that a run writes into; made before the work starts, so that it is known to be writable.
package final class RunFolder {
    package let path: String
    /// Folders that this run made, the outermost first.
    private let made: [String]
    private var files: [AtomicFile] = []

    /// Makes the folder where there is none, and proves that files can be written there.
    package init(_ path: String) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard !path.isEmpty else { throw FileError("\"\"", "expected a folder to write into, found no name") }
        made = try Self.make(path)
        do {
            // An atomic file that is never committed leaves nothing behind.
            _ = try AtomicFile("\(self.path)/metrics.json")
        } catch {
            Self.remove(made)
            throw error
        }
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// A file of the folder, to be written now; it appears with all the others at `commit`.
    package func newFile(_ name: String) throws -> AtomicFile {
        let file = try AtomicFile(file(name))
        files.append(file)
        return file
    }

    /// Writes a file that appears with all the others at `commit`.
    package func write(_ text: String, to name: String) throws {
        try newFile(name).write(text)
    }

    /// Makes everything written appear: all of it, or where the disk is full nothing.
    package func commit() throws {
        for file in files { try file.seal() }
        for file in files { try file.commit() }
        files = []
    }

    /// Takes back what was written and not committed.
    package func discard() {
        files = []
    }

    /// Takes the folders away again that this run made and nothing is in.
    package func removeIfUnused() {
        discard()
        Self.remove(made)
    }

    private static func make(_ path: String) throws(FileError) -> [String] {
        var missing: [String] = []
        var ancestor = path
        while !ancestor.isEmpty, ancestor != "/" {
            var status = stat()
            if stat(ancestor, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFDIR else {
                    let place = ancestor == path ? "" : ", in which \(path) would lie"
                    throw FileError(ancestor, "expected a folder to write into\(place), found a file")
                }
                break
            }
            missing.insert(ancestor, at: 0)
            ancestor = Files.folder(of: ancestor)
        }
        var made: [String] = []
        for folder in missing {
            guard mkdir(folder, 0o777) == 0 else {
                // Another process may have been quicker.
                if errno == EEXIST { continue }
                let error = FileError(path, cannot: "make the folder to write into")
                remove(made)
                throw error
            }
            made.append(folder)
        }
        return made
    }

    private static func remove(_ folders: [String]) {
        for folder in folders.reversed() { rmdir(folder) }
    }
}
