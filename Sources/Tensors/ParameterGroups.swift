/// How finely coefficients are shared out over a model's parameters.
package enum Granularity: String, Sendable, CaseIterable {
    /// One coefficient per ingredient and tensor.
    case tensor
    /// One coefficient per ingredient and layer.
    case layer
    /// One coefficient per ingredient.
    case model
}

/// Which parameters are mixed, and which of them make groups of their own.
package struct GroupPatterns: Sendable, Equatable {
    /// Parameters that are mixed; empty for all.
    package var include: [NamePattern] = []
    /// Parameters that are not mixed, even where they are included.
    package var exclude: [NamePattern] = []
    /// Parameters that share a coefficient: those which match a pattern with the same text for its `*`.
    package var groups: [NamePattern] = []

    package init() {}

    package init(include: [NamePattern], exclude: [NamePattern], groups: [NamePattern]) {
        (self.include, self.exclude, self.groups) = (include, exclude, groups)
    }

    package func isMixed(_ name: String) -> Bool {
        (include.isEmpty || include.contains { $0.matches(name) }) && !exclude.contains { $0.matches(name) }
    }

    /// The group that the first fitting pattern gives a parameter; nil where none fits.
    func group(of name: String) -> String? {
        groups.lazy.compactMap { $0.specialised(to: name) }.first
    }
}

/// The groups of parameters that share one coefficient per ingredient.
package struct ParameterGroups: Sendable, Equatable {
    /// What the group of all parameters that are not mixed is called.
    package static let unmixedName = "(not mixed)"

    package let names: [String]
    /// The group of each parameter of the layout.
    package let ofParameter: [Int]

    package var count: Int { names.count }

    /// The group of the parameters that stay as the first ingredient has them; nil where all are mixed.
    package var unmixed: Int? { names.firstIndex(of: Self.unmixedName) }

    package init(
        _ layout: ParameterLayout,
        granularity: Granularity,
        patterns: GroupPatterns = GroupPatterns()
    ) {
        self.init(
            layout.parameters.map { parameter in
                guard patterns.isMixed(parameter.name) else { return Self.unmixedName }
                if let group = patterns.group(of: parameter.name) { return group }
                return switch granularity {
                case .tensor: parameter.name
                case .layer: parameter.layer
                case .model: "model"
                }
            }
        )
    }

    /// Groups that a file describes by the names of their parameters; nil where they are not those of the layout, each
    /// in one group.
    package init?(_ layout: ParameterLayout, names: [String], members: [[String]]) {
        guard names.count == members.count, Set(names).count == names.count else { return nil }
        var groups: [String: String] = [:]
        for (group, members) in zip(names, members) {
            for member in members where groups.updateValue(group, forKey: member) != nil { return nil }
        }
        guard groups.count == layout.parameters.count else { return nil }
        var ofParameter: [String] = []
        for parameter in layout.parameters {
            guard let group = groups[parameter.name] else { return nil }
            ofParameter.append(group)
        }
        self.init(ofParameter)
        guard self.names == names else { return nil }
    }

    /// * `groups`: the name of each parameter's group
    private init(_ groups: [String]) {
        var names: [String] = []
        var indexes: [String: Int] = [:]
        ofParameter = groups.map { name in
            if let index = indexes[name] { return index }
            indexes[name] = names.count
            names.append(name)
            return names.count - 1
        }
        self.names = names
    }

    /// The names of each group's parameters.
    package func members(of layout: ParameterLayout) -> [[String]] {
        var members = [[String]](repeating: [], count: count)
        for (parameter, group) in zip(layout.parameters, ofParameter) {
            members[group].append(parameter.name)
        }
        return members
    }
}
