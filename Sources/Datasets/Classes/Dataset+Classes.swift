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
                found: "\(folders.count): \(folders.abridged)"
            )
        }
        if labels.min() == 1, labels.max() == Int32(classes) {
            throw DatasetError(
                name,
                part: "labels",
                expected: "the model's classes 0 to \(classes - 1)",
                found: "1 to \(classes): they seem to start at 1"
            )
        }
        throw DatasetError(
            name,
            part: "label of sample \(place(of: index))",
            expected: "one of the model's classes 0 to \(classes - 1)",
            found: "\(labels[index])"
        )
    }

    /// What makes it doubtful that the data are what the model is for.
    ///
    /// Reads some of the images that are stored as floats.
    ///
    /// - Throws: `FileError` where a file was cut since it was opened.
    package func doubts(of model: ModelClasses, _ normalisation: Normalisation) throws -> [Doubt] {
        openingDoubts + [doubtOfClasses(model), try doubtOfFloats(normalisation)].compactMap { $0 }
    }

    /// Classes without an image.
    private func doubtOfClasses(_ model: ModelClasses) -> Doubt? {
        let present = Set(labels)
        let missing = (0..<model.count).filter { !present.contains(Int32($0)) }
        guard let first = missing.first else { return nil }
        // Of fewer folders than classes that is said already.
        if let folders, folders.count < model.count, missing.allSatisfy({ $0 >= folders.count }) {
            return nil
        }
        if first == 0, let greatest = present.max(), greatest > 1, present.count == greatest {
            return Doubt(
                .warning,
                "\(name): no image of class \(model.name(0)), but of each from 1 to \(greatest): labels that start at 1 "
                    + "are one too high for the model's classes 0 to \(model.count - 1)"
            )
        }
        return Doubt(
            .warning,
            "\(name): \(missing.count) of the model's \(model.count) classes "
                + "\(missing.count == 1 ? "has" : "have") no image (\(missing.prefix(5).map(model.name).abridged))"
        )
    }

    /// Folders that nothing but the order of their names numbers.
    private var folders: [String]? {
        guard case .files(let store, _) = content, store.files.isNumberedInOrder else { return nil }
        return store.files.classNames
    }
}
