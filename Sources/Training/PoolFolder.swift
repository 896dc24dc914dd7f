import Checkpoints
import Files
import Foundation

/// The folder that a pool is written into; takes back what this rank wrote if the run fails.
final class PoolFolder {
    let path: String
    private var written: [String] = []
    private var made: MadeFolders?

    init(_ path: String) {
        self.path = path
    }

    static func ingredientName(_ index: Int, of count: Int) -> String {
        let digits = max(2, String(count - 1).count)
        let number = String(index)
        return "model_" + String(repeating: "0", count: max(0, digits - number.count)) + number
    }

    /// - Throws: `TrainingError` where the folder holds a pool or other checkpoints already: ingredients of two runs must
    ///   not be taken for one pool. `FileError` where it is a file or would lie in one.
    func checkVacant() throws {
        guard !path.isEmpty else {
            throw TrainingError("--out", expected: "a folder to write into", found: "no name")
        }
        let folders = try MadeFolders(for: path)
        made = folders
        guard !folders.isNew else { return }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let taken = names.sorted().first { name in
            Self.checkpoints.contains(where: name.hasSuffix) || name == "ingredients.json"
                || name == "config.json"
        }
        guard let taken else { return }
        throw TrainingError(
            "--out \(path)",
            expected: """
                a new folder, or one without checkpoints (name another folder, or delete the files there if an \
                interrupted run left them)
                """,
            found: taken
        )
    }

    private static let checkpoints =
        CheckpointListing.Container.safetensors.suffixes + CheckpointListing.Container.torch.suffixes

    /// Makes the folder, unless it is there, and finds out whether `rank` can write into it.
    func create(rank: Int) throws(FileError) {
        try made?.make()
        // Removed again as soon as it dies.
        _ = try AtomicFile("\(path)/.rank-\(rank)")
    }

    /// The path for a new file, which is removed if the run fails.
    func file(_ name: String) -> String {
        let file = "\(path)/\(name)"
        written.append(file)
        return file
    }

    /// Removes all files asked for so far, and the folders that this run made if nobody else's files are in them.
    func discard() {
        for file in written { unlink(file) }
        made?.remove()
    }
}
