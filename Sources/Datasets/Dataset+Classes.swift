import Diagnostics

/// Whether the labels are a model's classes.
extension Dataset {
    /// - Throws: `DatasetError` for the first label that is not below `classes`.
    package func checkLabels(classes: Int) throws {
        guard let index = labels.firstIndex(where: { $0 >= classes }) else { return }
        if let folders, folders.count > classes {
            throw DatasetError(
                name,
                expected: "a folder for each of the model's \(classes) classes",
                found: "\(folders.count): \(Self.abridged(folders))"
            )
        }
        throw DatasetError(
            name,
            part: "label of sample \(place(of: index))",
            expected: "one of the model's classes 0 to \(classes - 1)",
            found: "\(labels[index])"
        )
    }

    /// What makes it doubtful that the labels are a model's classes.
    package func doubts(classes: Int) -> [Doubt] {
        guard let folders, folders.count < classes else { return [] }
        let text =
            "\(name): \(folders.count) folders for the model's \(classes) classes, taken as its first in the order of "
            + "their names (\(Self.abridged(folders))): where they are others, name the classes in config.json "
            + "(label_names in timm's, id2label in Hugging Face's), or number them in a WebDataset's .cls"
        return [Doubt(.warning, text)]
    }

    /// Folders that nothing but the order of their names numbers.
    private var folders: [String]? {
        guard case .files(let store, _) = content, store.files.isNumberedInOrder else { return nil }
        return store.files.classNames
    }

    private static func abridged(_ names: [String]) -> String {
        names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
    }
}
