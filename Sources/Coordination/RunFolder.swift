import Files

/// The folder that a run writes into; made before the work starts, so that it is known to be writable.
package final class RunFolder {
    package let path: String
    private let made: MadeFolders
    private var files: [AtomicFile] = []

    /// Makes the folder where there is none, and proves that files can be written there.
    package init(_ path: String) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard !path.isEmpty else { throw FileError("\"\"", "expected a folder to write into, found no name") }
        made = try MadeFolders(for: path)
        try made.make()
        do {
            // An atomic file that is never committed leaves nothing behind.
            _ = try AtomicFile("\(self.path)/metrics.json")
        } catch {
            made.remove()
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
        made.remove()
    }
}
