/// Loss of the current soup on one batch of held-out data, and its gradient as the coefficients see it.
package struct SoupEvaluation: Sendable, Equatable {
    /// On the batch, with the logits multiplied by the temperature.
    package let score: SoupScore
    /// ⟨∂L/∂θ[l], w[k,l] − c[l]⟩, ingredients of the coefficient block × groups, before clipping.
    package let projections: CoefficientMatrix
    /// ‖∂L/∂θ[l]‖² per group.
    package let squaredGradientNorms: [Double]
    /// ∂L/∂β.
    package let temperatureSlope: Double

    package init(
        score: SoupScore,
        projections: CoefficientMatrix,
        squaredGradientNorms: [Double],
        temperatureSlope: Double = 0
    ) {
        self.score = score
        self.projections = projections
        self.squaredGradientNorms = squaredGradientNorms
        self.temperatureSlope = temperatureSlope
    }
}

/// What a soup is learned on: ingredients and data on many ranks, or a quadratic with a known answer.
package protocol SoupObjective {
    /// Makes the ingredients of a coefficient block the current directions.
    ///
    /// The centre c of a fold is its current soup. At the very first call it is Σₖ α[k]·w[k]; later α describes the centre
    /// that the objective holds already.
    /// `alphas` are by fold, ingredients of the pool × groups. The ingredients of the coefficient block before this one can
    /// go.
    ///
    /// Returns by fold ‖w[k,l] − c[l]‖, ingredients of the coefficient block × groups: exactly zero where the ingredients
    /// that make up c and w[k,l] are identical, whatever rounding made of c, for only the objective can know that.
    ///
    /// `upcoming` is the coefficient block after this one, nil after the last: its ingredients can be fetched meanwhile.
    mutating func enter(
        _ block: CoefficientBlock,
        upcoming: CoefficientBlock?,
        alphas: [CoefficientMatrix]
    ) throws -> [CoefficientMatrix]

    /// Loss and gradient at θ[l] = c[l] + Σₖ displacement[k,l]·(w[k,l] − c[l]), on the batch that `step` names, with the
    /// centre of its fold.
    ///
    /// `temperature` multiplies the model's logits.
    mutating func evaluate(
        _ step: SoupStep,
        displacement: CoefficientMatrix,
        temperature: Double
    ) throws -> SoupEvaluation

    /// How well a fold's soup at `displacement` does on the monitor: held-out data that it is not learned on.
    mutating func monitor(fold: Int, displacement: CoefficientMatrix) throws -> SoupScore

    /// The coefficient block is done: c ← c + Σₖ displacement[k]·(w[k] − c), by fold.
    mutating func settle(displacements: [CoefficientMatrix]) throws
}
