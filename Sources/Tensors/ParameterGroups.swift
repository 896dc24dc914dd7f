/// How finely coefficients are shared out over a model's parameters.
package enum Granularity: String, Sendable, CaseIterable {
    /// One coefficient per ingredient and tensor.
    case tensor
    /// One coefficient per ingredient and layer.
    case layer
    /// One coefficient per ingredient.
    case model
}

/// The groups of parameters that share one coefficient per ingredient.
package struct ParameterGroups: Sendable, Equatable {
    package let names: [String]
    /// The group of each parameter of the layout.
    package let ofParameter: [Int]

    package var count: Int { names.count }

    package init(_ layout: ParameterLayout, granularity: Granularity) {
        var names: [String] = []
        var indexes: [String: Int] = [:]
        ofParameter = layout.parameters.map { parameter in
            let name =
                switch granularity {
                case .tensor: parameter.name
                case .layer: parameter.layer
                case .model: "model"
                }
            if let index = indexes[name] { return index }
            indexes[name] = names.count
            names.append(name)
            return names.count - 1
        }
        self.names = names
    }
}
