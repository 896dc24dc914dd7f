import Files
import Foundation

/// A text for people that a run writes into its folder.
package struct Page {
    let name: String
    let text: String
    /// In every text of ours: tells it from somebody's own of that name.
    let mark: String

    /// * `mark`: is in `text`
    package init(name: String, text: String, mark: String) {
        (self.name, self.text, self.mark) = (name, text, mark)
    }
}

/// The folder that a run writes into; made before the work starts, so that it is known to be writable.
package final class RunFolder {
    package let path: String
    private let made: MadeFolders
    private let lock: FolderLock
    private var files: [AtomicFile] = []

    /// Makes the folder where there is none, and proves that files can be written there.
    ///
    /// Until this object dies no other run writes into the folder. What a run that died had begun to write goes.
    ///
    /// * `interrupted`: what becomes of a run that was interrupted there
    /// * throws `FileError` where there is one that is to be refused
    package init(_ path: String, interrupted: InterruptedRun = .discard) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard !path.isEmpty else { throw FileError("\"\"", "expected a folder to write into, found no name") }
        made = try MadeFolders(for: path)
        try made.make()
        do {
            lock = try FolderLock(self.path)
            // An atomic file that is never committed leaves nothing behind.
            _ = try AtomicFile("\(self.path)/metrics.json")
            let states = RunStateFiles(folder: self.path)
            if interrupted == .refuse, let state = states.present.first {
                throw FileError(
                    self.path,
                    "expected --resume to go on or --restart to begin anew, found an interrupted run (\(state))"
                )
            }
            removeUnfinishedFiles()
            if interrupted == .discard { states.remove() }
        } catch {
            made.remove()
            throw error
        }
    }

    /// Takes away the temporary files of a process that died while it wrote them.
    private func removeUnfinishedFiles() {
        let names = RunStateFiles.names + Self.names
        func isOwn(_ name: String) -> Bool {
            // The model's shards are named as the ingredients'.
            names.contains(name)
                || [".safetensors", ".safetensors.index.json"].contains(where: name.hasSuffix)
        }
        for found in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            let parts = found.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count > 2, parts.last == "partial", Int(parts[parts.count - 2]) != nil,
                isOwn(parts.dropLast(2).joined(separator: "."))
            else { continue }
            unlink(file(found))
        }
    }

    /// The files that come into being at once at the end.
    private static let names = [
        "config.json", "coefficients.json", "metrics.json", "config.yaml", "report.html", "README.md",
        "preprocessor_config.json", "compare.json",
    ]

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Whether there is somebody's own text of a page's name.
    private func isTaken(_ page: Page) -> Bool {
        guard FileManager.default.fileExists(atPath: file(page.name)) else { return false }
        return (try? MappedFile(file(page.name)).text())?.contains(page.mark) != true
    }

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

    /// The same for a page, unless somebody's own text lies there: that is left, and `notice` told.
    package func write(_ page: Page, notice: (String) -> Void) throws {
        guard !isTaken(page) else {
            return notice("\(file(page.name)): left as it is, for it was not written by this program")
        }
        try write(page.text, to: page.name)
    }

    /// Makes everything written appear: all of it, or where the disk is full nothing.
    package func commit() throws {
        for file in files { try file.seal() }
        for file in files { try file.commit() }
        removeOlderModel()
        files = []
    }

    /// Takes away a model of an earlier run in the other form, whole or sharded: readers would take it for the new one.
    private func removeOlderModel() {
        let names = files.map { Files.name(of: $0.path) }
        let (whole, index) = ("model.safetensors", "model.safetensors.index.json")
        if names.contains(whole) { unlink(file(index)) }
        if names.contains(where: { $0.hasSuffix(".safetensors.index.json") }) { unlink(file(whole)) }
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
