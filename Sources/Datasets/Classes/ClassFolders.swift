import Diagnostics

/// Which class every folder of a data set stands for, and how sure that is.
struct ClassFolders {
    /// By folder.
    let numbers: [Int32]
    /// Nothing but the order of their names numbers them.
    let isNumberedInOrder: Bool
    let doubts: [Doubt]

    /// Folders are the classes that they are called as; where the model calls none of its classes as a folder, the labels
    /// that they are named by; else numbered in the order of their names.
    ///
    /// * `names`: in the order of their bytes
    /// * `model`: nil where none is known
    /// * throws `DatasetError` where some folders have names of classes and others have not
    init(_ names: [String], in path: String, for model: ModelClasses?) throws(DatasetError) {
        guard let model else {
            self.init(numbers: Self.numbers(names, in: .bytes), isNumberedInOrder: true, doubts: [])
            return
        }
        if let known = model.names, let numbers = try Self.numbers(of: names, by: known, path) {
            self.init(numbers: numbers, isNumberedInOrder: false, doubts: [])
            return
        }
        let labels = Self.labels(names, of: model)
        let numbers = labels ?? Self.numbers(names, in: model.order)
        self.init(
            numbers: numbers,
            isNumberedInOrder: labels == nil,
            doubts: [
                labels == nil ? Self.doubtOfNames(names, path, model) : nil,
                Self.doubtOfOrder(names, numbers, areLabels: labels != nil, path, model),
            ].compactMap { $0 }
        )
    }

    private init(numbers: [Int32], isNumberedInOrder: Bool, doubts: [Doubt]) {
        self.numbers = numbers
        self.isNumberedInOrder = isNumberedInOrder
        self.doubts = doubts
    }

    private static func numbers(_ names: [String], in order: FolderOrder) -> [Int32] {
        var numbers = [Int32](repeating: 0, count: names.count)
        let sorted = names.indices.sorted { order.precedes(names[$0], names[$1]) }
        for (number, folder) in sorted.enumerated() { numbers[folder] = Int32(number) }
        return numbers
    }

    /// Nil where no folder is called as a class, or the classes' names only number them and not every folder is.
    private static func numbers(of names: [String], by known: ClassNames, _ path: String)
        throws(DatasetError) -> [Int32]?
    {
        let matches = names.map(known.classes)
        let named = matches.count { !$0.isEmpty }
        guard named > 0, named == names.count || !known.areNumbers else { return nil }
        var folders: [Int: String] = [:]
        for (name, classes) in zip(names, matches) {
            guard let number = classes.first else {
                throw unnamed(name, as: named, known, matches.flatMap { $0 }, path)
            }
            let problem: String?
            if classes.count > 1 {
                problem = classes.prefix(4).map { "class \($0) (\(known.names[$0] ?? ""))" }
                    .joined(separator: " or ")
            } else if let other = folders.updateValue(name, forKey: number) {
                problem = "class \(number), as \(other) is"
            } else {
                problem = (0...1_000_000).contains(number) ? nil : "class \(number)"
            }
            if let problem {
                throw DatasetError(
                    "\(path)/\(name)",
                    expected: "the name of a class of the model that no other folder is",
                    found: problem
                )
            }
        }
        return matches.map { Int32($0[0]) }
    }

    private static func unnamed(
        _ folder: String,
        as named: Int,
        _ known: ClassNames,
        _ matched: [Int],
        _ path: String
    ) -> DatasetError {
        let rest = known.names.filter { !matched.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
        return DatasetError(
            "\(path)/\(folder)",
            expected: "the name of one of the model's classes, as \(named) other "
                + (named == 1 ? "folder has" : "folders have"),
            found: rest.isEmpty
                ? folder : "\(folder), and no folder for the model's \(rest.abridged)"
        )
    }

    /// The folders' names as numbers, where they can be nothing but the model's labels.
    private static func labels(_ names: [String], of model: ModelClasses) -> [Int32]? {
        let numbers = names.compactMap { name in
            name.utf8.allSatisfy { (48...57).contains($0) } ? Int32(name) : nil
        }
        guard numbers.count == names.count, Set(numbers).count == numbers.count,
            numbers.allSatisfy({ $0 < model.count })
        else { return nil }
        return numbers
    }

    /// Whether the order of their names is the model's order.
    private static func doubtOfNames(_ names: [String], _ path: String, _ model: ModelClasses) -> Doubt? {
        let isImageNet = names.allSatisfy(isWordNet)
        if let known = model.names, !known.areNumbers, !(isImageNet && names.count == model.count) {
            let classes = known.names.sorted { $0.key < $1.key }.map(\.value)
            return Doubt(
                .refusal,
                "\(path): none of its \(names.count) folders (\(names.abridged)) is called as one of the model's "
                    + "classes (\(classes.abridged); \(model.field) in config.json): they would be numbered "
                    + "\(model.order.text), whatever the model's order is"
            )
        }
        guard names.count < model.count else { return nil }
        return Doubt(
            .refusal,
            "\(path): \(names.count) folders for the model's \(model.count) classes, taken as its first in the order of "
                + "their names (\(names.abridged)): where they are others, name the classes in config.json "
                + "(\(model.field)), or number them in a WebDataset's .cls"
        )
    }

    /// Whether other libraries number the folders otherwise.
    private static func doubtOfOrder(
        _ names: [String],
        _ numbers: [Int32],
        areLabels: Bool,
        _ path: String,
        _ model: ModelClasses
    ) -> Doubt? {
        for order in [FolderOrder.bytes, .natural] {
            let others = Self.numbers(names, in: order)
            guard let place = names.indices.first(where: { others[$0] != numbers[$0] }) else { continue }
            let taken =
                areLabels
                ? "folders named by numbers are taken as the labels themselves"
                : "folders are numbered \(model.order.text)"
            return Doubt(
                .warning,
                "\(path): \(taken) (\(names[place].abridged) is class \(numbers[place])), not \(order.text) "
                    + "(\(names[place].abridged) would be class \(others[place])): where the models were trained with the "
                    + "other order, list the classes' names in config.json (\(model.field))"
            )
        }
        return nil
    }

    /// "n01440764": ImageNet's classes are in the order of these.
    private static func isWordNet(_ name: String) -> Bool {
        name.utf8.count == 9 && name.hasPrefix("n")
            && name.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
    }
}

extension [String] {
    /// The first four, for messages.
    var abridged: String {
        prefix(4).map(\.abridged).joined(separator: ", ") + (count > 4 ? ", …" : "")
    }
}
