/// The soup before the first step.
package enum SoupStart: Sendable, Equatable {
    /// Mean of the first coefficient block, as MEHL-Soup was published: the shuffle then matters.
    case firstBlockMean
    /// Mean of these ingredients, by their places in the pool.
    case mean(of: [Int])
}

extension CoefficientMatrix {
    /// The coefficients of the mean of some ingredients, pool × groups.
    package static func mean(of ingredients: [Int], pool: Int, groups: Int) -> CoefficientMatrix {
        var alpha = CoefficientMatrix(rows: pool, columns: groups)
        for ingredient in ingredients {
            for group in 0..<groups { alpha[ingredient, group] = 1 / Double(ingredients.count) }
        }
        return alpha
    }
}
