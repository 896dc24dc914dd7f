import Coordination
import Soups

/// Coefficients of plain soups over the groups of a run.
extension Worker {
    /// The mean of some ingredients, pool × groups; one alone is taken as it is.
    func mean(of members: [Int]) -> CoefficientMatrix {
        let alpha = CoefficientMatrix.mean(of: members, pool: inputs.pool.count, groups: groups.count)
        return members.count > 1 ? keepingUnmixed(alpha) : alpha
    }

    /// The one ingredient that a soup is made of; nil of any other soup.
    func ingredient(alone alpha: CoefficientMatrix) -> Int? {
        guard let row = (0..<alpha.rows).first(where: { alpha[$0, 0] != 0 }),
            alpha == mean(of: [row])
        else { return nil }
        return row
    }

    /// Whether a soup's statistics can be measured: those of a single ingredient are its own.
    func measures(_ alpha: CoefficientMatrix) -> Bool { meter != nil && ingredient(alone: alpha) == nil }

    /// A mixture by one weight per ingredient, pool × groups; one ingredient alone is taken as it is.
    func mixture(_ weights: [Double]) -> CoefficientMatrix {
        let columns = groups.count
        let alpha = CoefficientMatrix(
            rows: weights.count,
            columns: columns,
            values: weights.flatMap { Array(repeating: $0, count: columns) }
        )
        return weights.count { $0 != 0 } > 1 ? keepingUnmixed(alpha) : alpha
    }

    /// The same with the parameters that are not mixed taken from the first ingredient.
    func keepingUnmixed(_ alpha: CoefficientMatrix) -> CoefficientMatrix {
        guard let unmixed = groups.unmixed else { return alpha }
        var alpha = alpha
        for ingredient in 0..<alpha.rows { alpha[ingredient, unmixed] = ingredient == 0 ? 1 : 0 }
        return alpha
    }
}

extension Coordinator {
    /// Makes the mixture α (pool × groups) the parameters of every rank.
    ///
    /// * `measuring`: whether its statistics are measured, where they can be, rather than mixed
    package func mix(_ alpha: CoefficientMatrix, measuring: Bool) throws {
        _ = try mix(alpha)
        if measuring, worker.measures(alpha) { try measureStatistics() }
    }
}
