import Yams

/// Settings that options set.
protocol Configurable: OptionList {
    static var options: [DeclaredOption<Self>] { get }
}

extension Configurable {
    static var arguments: [OptionArgument] { options.map(\.argument) }

    /// Takes over what was said of all options, in their order.
    mutating func take(_ said: OptionValues) throws {
        for option in Self.options { try option.take(&self, said) }
    }

    /// The options that decide the result and what they came to, as traces hold them.
    var resultOptions: [(name: String, value: String)] {
        results.map { ($0.option.name, $0.values.joined(separator: " ")) }
    }

    /// What must be the same on every rank; folders may have other names elsewhere.
    var commonOptions: [String] {
        results.filter { !$0.option.isPlace }.map {
            "--\($0.option.name) \($0.values.joined(separator: " "))"
        }
    }

    /// Every option, resolved, in the form that `--config` reads from any folder.
    func yaml() throws -> String {
        func text(_ value: String) -> Node { Node(value, Tag(.str), .doubleQuoted) }
        func node(_ option: DeclaredOption<Self>, _ values: [String]) -> Node {
            let values = option.isPlace ? values.map(ConfigurationFile.absolute) : values
            guard option.count != .list else { return Node(values.map(text)) }
            return option.isPlace ? text(values[0]) : Node(values[0])
        }
        let (results, isList) = (results, { (each: Recorded) in each.option.count == .list })
        let all = recorded(.record) + results.filter(isList) + results.filter { !isList($0) }
        let pairs = all.map { (Node($0.option.name), node($0.option, $0.values)) }
        return "\(ConfigurationFile.mark)\n" + (try Yams.serialize(node: Node(pairs)))
    }

    private typealias Recorded = (option: DeclaredOption<Self>, values: [String])

    private var results: [Recorded] {
        let results = recorded(.result)
        return OptionCount.allCases.flatMap { count in results.filter { $0.option.count == count } }
    }

    private func recorded(_ reach: OptionReach) -> [Recorded] {
        Self.options.filter { $0.reach == reach }.compactMap { option in
            option.texts(self).map { (option, $0) }
        }
    }
}
