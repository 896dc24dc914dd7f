import Files
import Foundation

/// The folder that a pool is written into; takes back what this rank wrote if the run fails.
final class PoolFolder {
    let path: String
    private var written: [String] = []
    private var isNew = false

    init(_ path: String) {
        self.path = path
    }

    static func ingredientName(_ index: Int, of count: Int) -> String {
        let digits = max(2, String(count - 1).count)
        let number = String(index)
        return "model_" + String(repeating: "0", count: max(0, digits - number.count)) + number
    }

    /// - Throws: `TrainingError` where the folder holds a pool or other checkpoints already: ingredients of two runs must
    ///   not be taken for one pool.
    func checkVacant() throws(TrainingError) {
        guard !path.isEmpty else {
            throw TrainingError("--out", expected: "a folder to write into", found: "no name")
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            isNew = true
            return
        }
        let expected = "a new folder, or one without checkpoints"
        guard isFolder.boolValue else {
            throw TrainingError("--out \(path)", expected: expected, found: "a file")
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let taken = names.sorted().first { name in
            name.hasSuffix(".safetensors") || name == "ingredients.json" || name == "config.json"
        }
        if let taken { throw TrainingError("--out \(path)", expected: expected, found: taken) }
    }

    /// Makes the folder, unless it is there, and finds out whether `rank` can write into it.
    func create(rank: Int) throws(FileError) {
        let names = path.split(separator: "/")
        for depth in names.indices {
            let folder = (path.hasPrefix("/") ? "/" : "") + names[...depth].joined(separator: "/")
            guard mkdir(folder, 0o755) == 0 || isFolder(folder) else {
                throw FileError(folder, cannot: "create this folder")
            }
        }
        // Removed again as soon as it dies.
        _ = try AtomicFile("\(path)/.rank-\(rank)")
    }

    /// The path for a new file, which is removed if the run fails.
    func file(_ name: String) -> String {
        let file = "\(path)/\(name)"
        written.append(file)
        return file
    }

    /// Whether it is there, made by another rank perhaps; leaves errno as it was.
    private func isFolder(_ path: String) -> Bool {
        let code = errno
        defer { errno = code }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Removes all files asked for so far, and the folder if this run made it and nobody else's files are in it.
    func discard() {
        for file in written { unlink(file) }
        if isNew { rmdir(path) }
    }
}
