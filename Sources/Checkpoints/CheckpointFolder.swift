import Files
import Foundation

/// A folder with checkpoints in it: Hugging Face's or timm's of one model, or a pool of files or of such folders.
struct CheckpointFolder {
    /// What a folder comes to as a pool.
    struct Contents {
        /// Paths of the ingredients within the folder, in no order.
        var ingredients: [String] = []
        var passedOver: [PassedOver] = []
    }

    /// Without a slash at its end.
    let path: String
    let names: Set<String>
    /// Checkpoints' files, by their names, and where a name may be that of an optimizer's state by what is in them.
    let plainFiles: Set<String>

    init(_ path: String) throws(FileError) {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.path = path
        do {
            names = Set(try FileManager.default.contentsOfDirectory(atPath: path))
        } catch {
            throw FileError(path, "cannot list the folder")
        }
        plainFiles = names.filter { name in
            guard FolderNames.isCheckpoint(name), !FolderNames.isState(name) else { return false }
            let file = "\(path)/\(name)"
            return !Self.isFolder(file) && (!FolderNames.mayBeState(name) || (try? Checkpoint(file)) != nil)
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    func contains(_ name: String) -> Bool { names.contains(name) }

    /// The ingredients in this folder, and what is passed over.
    ///
    /// A sharded checkpoint is one. Otherwise every checkpoint's file is one, but not those that training frameworks
    /// put beside them, nor a PyTorch file of a model that is there as safetensors too. Where there is no such file,
    /// every folder in it that holds one checkpoint is one, unless it is a soup that this program wrote.
    ///
    /// - Throws: `FileError` where there are none, or a folder in it holds several.
    func contents() throws(FileError) -> Contents {
        if let model = names.contains(where: FolderNames.isIndex) ? libraryModel : nil {
            return Contents(ingredients: [model], passedOver: aside(of: model, in: path))
        }
        var files = files
        guard files.isEmpty else {
            var passedOver = twins(in: path) + states(in: path)
            if isSoup, files.count > 1, let soup = files.firstIndex(of: FolderNames.library[0]) {
                passedOver.append(PassedOver(reason: .soup, folder: path, name: files.remove(at: soup)))
            }
            // The folder of one model may hold anything beside it.
            guard files.count > 1 || libraryModel == nil else {
                return Contents(ingredients: files, passedOver: passedOver)
            }
            return Contents(ingredients: files, passedOver: passedOver + strangers + foldersBesideFiles)
        }
        return try contentsOfFolders()
    }

    private func contentsOfFolders() throws(FileError) -> Contents {
        var contents = Contents()
        for name in folders {
            let inner = try CheckpointFolder("\(path)/\(name)")
            if inner.isSoup {
                contents.passedOver.append(PassedOver(reason: .soup, folder: path, name: name))
            } else if let checkpoint = inner.single {
                contents.ingredients.append("\(name)/\(checkpoint)")
                contents.passedOver += inner.aside(of: checkpoint, in: path) + inner.states(in: path)
            } else if let one = inner.files.min() {
                throw FileError(
                    inner.path,
                    "expected one checkpoint in each folder of a pool, found \(inner.found): say which with a glob, "
                        + "as in '\(path)/*/\(one)'"
                )
            } else if let other = inner.whyNone(in: path) {
                contents.passedOver.append(other)
            }
        }
        guard !contents.ingredients.isEmpty else { throw none(contents.passedOver + strangers) }
        contents.passedOver += strangers
        return contents
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

    /// What there is to say where no ingredient is found.
    private func none(_ passedOver: [PassedOver]) -> FileError {
        let expected =
            "expected checkpoints (\(FolderNames.suffixes.joined(separator: ", "))) or folders of them, found none"
        guard let (run, first, last) = deeper else {
            let reasons = passedOver.doubts.map { String($0.text.dropFirst(path.count + 2)) }
            return FileError(path, ([expected] + reasons).joined(separator: "; "))
        }
        return FileError(
            path,
            "\(expected); checkpoints lie deeper, as \(path)/\(run)/\(first): say which with a glob, as in "
                + "'\(path)/*/\(last)'"
        )
    }

    /// The checkpoints' files, for messages.
    private var found: String {
        if let (run, _, last) = files.isEmpty ? deeper : nil {
            return "none; some lie deeper, as \(path)/\(run)/\(last)"
        }
        return files.isEmpty ? "none" : files.sorted().abridgedList
    }

    /// Folders in this one, in natural order.
    var folders: [String] {
        names.filter { !$0.hasPrefix(".") && Self.isFolder("\(path)/\($0)") }
            .sorted(by: PathPatterns.naturallyPrecedes)
    }

    /// The name of the one checkpoint in this folder; nil where there is none, or several.
    var single: String? {
        if let libraryModel { return libraryModel }
        let files = files
        return files.count == 1 ? files[0] : nil
    }

    /// What the library that wrote the folder reads of it.
    private var libraryModel: String? {
        FolderNames.library.first(where: names.contains) ?? names.filter(FolderNames.isIndex).min()
    }

    /// Whether this program wrote it.
    private var isSoup: Bool { names.isSuperset(of: ["coefficients.json", "metrics.json"]) }

    /// Names of the files that are a model's weights each.
    var files: [String] {
        plainFiles.filter { better(than: $0) == nil }.sorted()
    }

    /// The safetensors file of the model that is there as a PyTorch file too.
    func better(than name: String) -> String? {
        guard !name.hasSuffix(".safetensors") else { return nil }
        let usual = ["pytorch_model.bin": "model.safetensors"]
        let stem = name.split(separator: ".").dropLast().joined(separator: ".")
        let twins = [
            usual[name], "\(stem).safetensors",
            stem == "open_clip_pytorch_model" ? "open_clip_model.safetensors" : nil,
        ]
        return twins.compactMap { $0 }.first(where: plainFiles.contains)
    }
}
