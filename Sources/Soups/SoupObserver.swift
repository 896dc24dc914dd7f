/// One step as it was taken.
package struct SoupStepRecord: Sendable, Equatable {
    package let step: SoupStep
    package let block: CoefficientBlock
    /// The coefficients at which the gradient was taken, ingredients of the coefficient block × groups.
    package let alpha: CoefficientMatrix
    /// ⟨∂L/∂θ[l], w[k,l] − c[l]⟩ as the objective gave it, unclipped.
    ///
    /// It is the loss's slope as the group's coefficients move along e[k] − α(c): towards ingredient k and away from
    /// the centre.
    package let gradient: CoefficientMatrix
    package let loss: Double
    package let accuracy: Double
    package let learningRate: Double
    /// ‖∂L/∂θ‖ before clipping.
    package let gradientNorm: Double
    /// Groups that stood still by the rule of `GradientConditioning`.
    package let stillGroups: [Int]
}

/// Looks on while a soup is learned: the trace, progress on a terminal, tests.
package protocol SoupObserver {
    /// A coefficient block was entered.
    ///
    /// `distances` is ‖w[k,l] − c[l]‖, ingredients of the coefficient block × groups, zero where fixed; `alpha` is the
    /// pool's coefficients in c.
    mutating func didEnter(
        _ block: CoefficientBlock,
        distances: CoefficientMatrix,
        alpha: CoefficientMatrix
    ) throws

    mutating func didStep(_ record: SoupStepRecord) throws

    /// A coefficient block is done; `alpha` is the pool's coefficients now.
    mutating func didSettle(_ block: CoefficientBlock, alpha: CoefficientMatrix) throws
}
