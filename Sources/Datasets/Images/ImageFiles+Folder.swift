import Diagnostics
import Files
import Foundation

/// A folder with one folder of images per class, as torchvision's ImageFolder takes it.
extension ImageFiles {
    /// Ends of names that are taken for images, in small letters.
    private static let known: Set<String> = ["jpg", "jpeg", "png", "webp"]
    /// Those of images that this program cannot decode: they are named rather than left out.
    static let unknown: Set<String> = [
        "bmp", "gif", "tif", "tiff", "ppm", "pgm", "heic", "avif", "jp2", "jxl",
    ]
    private static let splits: Set<String> = ["train", "val", "valid", "validation", "test"]

    /// Images of a folder and of all folders in it, in the order of their paths; their labels are not known.
    static func folder(withoutClasses path: String) throws -> ImageFiles {
        let root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let images = try images(in: "", of: root)
        guard !images.isEmpty else {
            throw DatasetError(path, expected: "images (\(knownEndings))", found: "none")
        }
        return ImageFiles(
            kind: "folder of images",
            root: root,
            places: images.map(Place.file),
            labels: Array(repeating: 0, count: images.count),
            origins: [try FileIdentity(of: root)]
        )
    }

    private static var knownEndings: String { known.sorted().map { ".\($0)" }.joined(separator: ", ") }

    /// Images in the order of their classes, then of their paths.
    ///
    /// * `model`: what says which folder is which class
    static func folder(_ path: String, for model: ModelClasses?) throws -> ImageFiles {
        let root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let classes = try subfolders(of: root)
        guard !classes.isEmpty else {
            throw DatasetError(path, expected: "a folder of images per class", found: "no folders in it")
        }
        if classes.allSatisfy(splits.contains) {
            throw DatasetError(
                path,
                expected: "a folder of images per class",
                found: "the parts of a data set: name one of them, as in \(root)/\(classes[0])"
            )
        }
        let numbering = try ClassFolders(classes, in: root, for: model)
        let numbers = numbering.numbers
        var places: [Place] = []
        var found: [Int32] = []
        var inner: String?
        for (name, number) in zip(classes, numbers) {
            let images = try images(in: name, of: root)
            guard !images.isEmpty else {
                throw DatasetError(
                    "\(root)/\(name)",
                    expected: "images (\(knownEndings)) of the class",
                    found: "none"
                )
            }
            inner = inner ?? images.first { Files.folder(of: $0) != name }
            places += images.map(Place.file)
            found += Array(repeating: number, count: images.count)
        }
        var names = [String](repeating: "", count: Int(numbers.max() ?? 0) + 1)
        for (name, number) in zip(classes, numbers) { names[Int(number)] = name }
        return ImageFiles(
            kind: "folder of images per class",
            root: root,
            places: places,
            labels: found,
            classNames: names,
            isByClass: true,
            isNumberedInOrder: numbering.isNumberedInOrder,
            doubts: numbering.doubts
                + (inner.map { doubts(ofInner: "\(root)/\(Files.folder(of: $0))", numbering, model) } ?? []),
            origins: [try FileIdentity(of: root)]
        )
    }

    /// timm takes the folder that an image lies in for its class, however deep that is.
    private static func doubts(ofInner folder: String, _ numbering: ClassFolders, _ model: ModelClasses?)
        -> [Doubt]
    {
        guard numbering.isNumberedInOrder, model?.order == .natural else { return [] }
        return [
            Doubt(
                .warning,
                "\(folder): images in inner folders are taken for the class of the outermost one; timm's reader takes each "
                    + "innermost folder for a class"
            )
        ]
    }

    /// Names of the folders in a folder, hidden ones left out, in the order of their bytes as Python sorts them.
    private static func subfolders(of path: String) throws -> [String] {
        try entries(of: path).filter { isFolder("\(path)/\($0)") }
    }

    /// Images of a class, those of inner folders too: folder after folder in the order of their paths.
    ///
    /// * `name`: the class's folder; empty for the root itself
    private static func images(in name: String, of root: String) throws -> [String] {
        var folders = [name]
        var images: [(folder: String, file: String)] = []
        var visited = 0
        func path(_ folder: String, _ entry: String) -> String {
            folder.isEmpty ? entry : "\(folder)/\(entry)"
        }
        while visited < folders.count {
            let folder = folders[visited]
            visited += 1
            // A link to a folder further up would never end.
            guard folder.utf8.count < 4096 else {
                throw DatasetError(
                    "\(root)/\(name)",
                    expected: "folders that come to an end",
                    found: "a circle of links"
                )
            }
            for entry in try entries(of: folder.isEmpty ? root : "\(root)/\(folder)") {
                let ending =
                    entry.split(separator: ".", omittingEmptySubsequences: false).last?.lowercased() ?? ""
                if known.contains(ending) {
                    images.append((folder, entry))
                } else if unknown.contains(ending) {
                    throw DatasetError(
                        "\(root)/\(path(folder, entry))",
                        expected: "a JPEG, PNG or WebP image",
                        found: "a name ending in .\(ending)"
                    )
                } else if isFolder("\(root)/\(path(folder, entry))") {
                    folders.append(path(folder, entry))
                }
            }
        }
        let order = Dictionary(
            uniqueKeysWithValues: folders.sorted(by: precedes).enumerated().map { ($1, $0) }
        )
        return images.sorted { left, right in
            let (a, b) = (order[left.folder] ?? 0, order[right.folder] ?? 0)
            return a != b ? a < b : precedes(left.file, right.file)
        }.map { path($0.folder, $0.file) }
    }

    private static func entries(of path: String) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw FileError(path, "cannot list the folder")
        }
        return names.filter { !$0.hasPrefix(".") }.sorted(by: precedes)
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
