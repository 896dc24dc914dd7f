extension CoefficientMatrix {
    /// The pool's coefficients once the soup has moved away from its centre.
    ///
    /// The centre is c = Σₖ α[k]·w[k] with Σₖ α[k] = 1, and the soup is θ = c + Σⱼ s[j]·(w[j] − c). Collecting the
    /// terms of each w gives, per group and with s = Σⱼ s[j]:
    ///
    ///     α[k] ← (1 − s)·α[k] + s[k]        s[k] = 0 for ingredients that did not take part
    ///
    /// The sum over k stays 1 for every s. Rounding adds about 1e-16·|s| a call, and |s| is small unless a group's
    /// ingredients nearly agree.
    ///
    /// `displacement` is s, ingredients of the coefficient block × groups; `ingredients` says which ingredient of the
    /// pool each of its rows belongs to.
    package func moved(by displacement: CoefficientMatrix, of ingredients: [Int]) -> CoefficientMatrix {
        precondition(displacement.rows == ingredients.count && displacement.columns == columns)
        let sums = displacement.columnSums
        var moved = self
        for row in 0..<rows {
            for column in 0..<columns { moved[row, column] *= 1 - sums[column] }
        }
        for (row, ingredient) in ingredients.enumerated() {
            for column in 0..<columns { moved[ingredient, column] += displacement[row, column] }
        }
        return moved
    }
}
