import Files
import Foundation

/// A folder with checkpoints in it: Hugging Face's or timm's of one model, or a pool of files or of such folders.
struct CheckpointFolder {
    /// Without a slash at its end.
    let path: String
    private let names: Set<String>

    init(_ path: String) throws(FileError) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        do {
            names = Set(try FileManager.default.contentsOfDirectory(atPath: path))
        } catch {
            throw FileError(path, "cannot list the folder")
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Whether a checkpoint's file has a name that tells nothing: its folder's does.
    static func isUsual(_ name: String) -> Bool {
        name.hasSuffix(".index.json") || usual.contains(name)
    }

    func contains(_ name: String) -> Bool { names.contains(name) }

    /// Paths within this folder of the ingredients in it, in no order.
    ///
    /// A sharded checkpoint is one. Otherwise every checkpoint's file is one, but not those that training frameworks
    /// put beside them, nor a PyTorch file of a model that is there as safetensors too. Where there is no such file,
    /// every folder in it that holds one checkpoint is one.
    ///
    /// - Throws: `FileError` where there are none, or a folder in it holds several.
    func ingredients() throws(FileError) -> [String] {
        if let index { return [index] }
        let files = files
        if !files.isEmpty { return files }
        var inFolders: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            guard Self.isFolder("\(path)/\(name)") else { continue }
            let inner = try CheckpointFolder("\(path)/\(name)")
            if let checkpoint = inner.single {
                inFolders.append("\(name)/\(checkpoint)")
            } else if let one = inner.files.min() {
                throw FileError(
                    inner.path,
                    "expected one checkpoint in each folder of a pool, found \(inner.found): say which with a glob, "
                        + "as in '\(path)/*/\(one)'"
                )
            }
        }
        guard !inFolders.isEmpty else {
            throw FileError(
                path,
                "expected checkpoints (\(Self.suffixes.joined(separator: ", "))) or folders of them, found none"
            )
        }
        return inFolders
    }

    /// The path of the one checkpoint in this folder.
    ///
    /// - Throws: `FileError` where there is none, or several.
    func only() throws(FileError) -> String {
        guard let single else {
            throw FileError(path, "expected one checkpoint in this folder, found \(found)")
        }
        return "\(path)/\(single)"
    }

    /// The checkpoints' files, for messages.
    private var found: String {
        let files = files.sorted()
        return files.isEmpty
            ? "none" : files.prefix(4).joined(separator: ", ") + (files.count > 4 ? ", …" : "")
    }

    /// The name of the one checkpoint in this folder; nil where there is none, or several.
    private var single: String? {
        if let index { return index }
        if let usual = Self.usual.first(where: names.contains) { return usual }
        let files = files
        return files.count == 1 ? files[0] : nil
    }

    /// The index of a sharded checkpoint.
    private var index: String? {
        let usual = ["model.safetensors.index.json", "pytorch_model.bin.index.json"]
        return usual.first(where: names.contains)
            ?? names.filter { $0.hasSuffix(".safetensors.index.json") && !$0.hasPrefix(".") }.min()
    }

    /// Names of the files that are a model's weights each.
    private var files: [String] {
        let plain = names.filter { name in
            !name.hasPrefix(".") && Self.suffixes.contains { name.hasSuffix($0) } && !Self.isAside(name)
        }
        return plain.filter { name in
            if name.hasSuffix(".safetensors") { return true }
            if let better = Self.better[name], plain.contains(better) { return false }
            let stem = name.split(separator: ".").dropLast().joined(separator: ".")
            return !plain.contains("\(stem).safetensors")
        }
    }

    /// What training frameworks keep beside the weights.
    private static func isAside(_ name: String) -> Bool {
        name == "training_args.bin"
            || [
                "optimizer.", "optimizer_", "scheduler.", "scaler.", "sampler.", "rng_state", "random_states",
            ]
            .contains(where: name.hasPrefix)
    }

    /// The most wanted first.
    private static let usual = [
        "model.safetensors", "open_clip_model.safetensors", "pytorch_model.bin",
        "open_clip_pytorch_model.bin",
    ]

    /// The same model as safetensors, where both are kept under names of their own.
    private static let better = [
        "pytorch_model.bin": "model.safetensors",
        "open_clip_pytorch_model.bin": "open_clip_model.safetensors",
    ]

    private static let suffixes =
        CheckpointListing.Container.safetensors.suffixes + CheckpointListing.Container.torch.suffixes
}
