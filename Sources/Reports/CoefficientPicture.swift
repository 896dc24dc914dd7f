/// The coefficients of one soup: what it mixed, ingredient × group.
///
/// Matrices are flat, ingredient after ingredient, as in a trace: ingredient k and group l, of G, stand at k·G + l.
package struct CoefficientPicture: Sendable {
    package let ingredients: [String]
    /// Held-out accuracy of each ingredient alone, 0…1; empty where it is not known.
    package let accuracies: [Double]
    package let groups: [String]
    /// Number of parameters of each group.
    package let groupParameters: [Int]
    package let alpha: [Double]
    /// ‖w − c‖/‖c‖ for the centre c (the mean of all ingredients); empty where it is not known.
    package let distances: [Double]

    /// The counts must agree: one α per ingredient and group; accuracies and distances all or none.
    package init(
        ingredients: [String],
        accuracies: [Double] = [],
        groups: [String],
        groupParameters: [Int],
        alpha: [Double],
        distances: [Double] = []
    ) {
        let count = ingredients.count * groups.count
        precondition(alpha.count == count, "one coefficient per ingredient and group")
        precondition(groupParameters.count == groups.count, "one size per group")
        precondition(distances.isEmpty || distances.count == count, "one distance per ingredient and group")
        precondition(accuracies.isEmpty || accuracies.count == ingredients.count, "one accuracy each")
        self.ingredients = ingredients
        self.accuracies = accuracies
        self.groups = groups
        self.groupParameters = groupParameters
        self.alpha = alpha
        self.distances = distances
    }

    /// The mean of each ingredient's α over the groups, weighted with their parameters.
    package var effective: [Double] {
        // Over all parameters of a large model an Int would do, but the weights are needed in floating point anyway.
        let weights = groupParameters.map(Double.init)
        let total = weights.reduce(0, +)
        return ingredients.indices.map { ingredient in
            let row = alpha[ingredient * groups.count..<(ingredient + 1) * groups.count]
            let sum = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
            return total > 0 ? sum / total : row.reduce(0, +) / Double(max(groups.count, 1))
        }
    }
}

/// The effective coefficient per ingredient of every system, side by side.
package struct MixturePicture: Sendable {
    package let ingredients: [String]
    /// Held-out accuracy of each ingredient alone, 0…1; empty where it is not known.
    package let accuracies: [Double]
    package let systems: [String]
    /// Ingredient after ingredient: ingredient k and system s, of S, stand at k·S + s.
    package let effective: [Double]

    /// The counts must agree.
    package init(ingredients: [String], accuracies: [Double] = [], systems: [String], effective: [Double]) {
        precondition(effective.count == ingredients.count * systems.count, "one per ingredient and system")
        precondition(accuracies.isEmpty || accuracies.count == ingredients.count, "one accuracy each")
        self.ingredients = ingredients
        self.accuracies = accuracies
        self.systems = systems
        self.effective = effective
    }
}
