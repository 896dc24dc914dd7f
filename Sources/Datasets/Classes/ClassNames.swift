/// What a model calls its classes.
package struct ClassNames: Sendable, Equatable {
    /// By class.
    package let names: [Int: String]
    /// Whether they only number the classes, as "LABEL_0", "class_1" or "2": such names tell nothing about folders of others.
    package let areNumbers: Bool
    private let exact: [String: [Int]]
    private let loose: [String: [Int]]
    private let synonyms: [String: [Int]]

    package init(_ names: [Int: String]) {
        self.names = names
        areNumbers = [0, 1].contains { first in
            names.allSatisfy { Self.number($0.value).map { $0 - first } == $0.key }
        }
        func byName(_ keys: (String) -> [String]) -> [String: [Int]] {
            var classes: [String: Set<Int>] = [:]
            for (number, name) in names {
                for key in keys(name) where !key.isEmpty { classes[key, default: []].insert(number) }
            }
            return classes.mapValues { $0.sorted() }
        }
        exact = byName { [$0] }
        loose = byName { [Self.loosened($0)] }
        synonyms = byName { $0.split(separator: ",").map(Self.loosened) }
    }

    /// Classes by name, without names that several have.
    package var numbers: [String: Int] { exact.compactMapValues { $0.count == 1 ? $0[0] : nil } }

    /// The classes that a folder of this name can stand for; one where it is clear.
    ///
    /// Names are compared as they are, else by their letters and digits alone ("Tall Dog" is "tall_dog"), else with the
    /// synonyms that ImageNet's names list ("goldfish, Carassius auratus").
    func classes(of folder: String) -> [Int] {
        let key = Self.loosened(folder)
        return exact[folder] ?? loose[key] ?? synonyms[key] ?? []
    }

    /// Letters and digits in small letters.
    private static func loosened(_ name: some StringProtocol) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    /// The number that such a name ends in, behind one of the words that stand for none.
    private static func number(_ name: String) -> Int? {
        let digits = name.utf8.reversed().prefix { (48...57).contains($0) }.count
        let word = loosened(name.dropLast(digits))
        return ["", "label", "class", "cls", "category"].contains(word) ? Int(name.suffix(digits)) : nil
    }
}

/// A model's classes, as far as a data set has to know them.
package struct ModelClasses: Sendable {
    package let count: Int
    /// Nil where the description has none.
    package let names: ClassNames?
    /// In which order its library numbers folders that nothing else numbers.
    package let order: FolderOrder
    /// How the description calls the list of names: "label_names".
    package let field: String

    package init(
        count: Int,
        names: ClassNames? = nil,
        order: FolderOrder = .bytes,
        field: String = "label_names"
    ) {
        self.count = count
        self.names = names
        self.order = order
        self.field = field
    }

    /// What a class is called in messages.
    func name(_ number: Int) -> String {
        guard let names, !names.areNumbers, let name = names.names[number] else { return "\(number)" }
        return name.abridged
    }
}
