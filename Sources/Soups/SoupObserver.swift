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
    package let score: SoupScore
    /// β, by which the logits were multiplied.
    package let temperature: Double
    package let learningRate: Double
    /// ‖∂L/∂θ‖ before clipping.
    package let gradientNorm: Double
    /// Groups that stood still by the rule of `GradientConditioning`.
    package let stillGroups: [Int]
}

/// The soup was evaluated on the monitor.
package struct SoupMonitorRecord: Sendable, Equatable {
    /// Steps of the whole run before it.
    package let stepsDone: Int
    package let block: CoefficientBlock
    package let score: SoupScore
    /// Whether this is the best iterate of its coefficient block so far, and so the one to keep.
    package let isKept: Bool
}

/// Looks on while a soup is learned: the trace, progress on a terminal, tests.
package protocol SoupObserver {
    /// A fold has set out on its way through a coefficient block.
    ///
    /// `distances` is ‖w[k,l] − c[l]‖, ingredients of the coefficient block × groups, zero where fixed; `alpha` is the
    /// pool's coefficients in the fold's c.
    mutating func didEnter(
        _ block: CoefficientBlock,
        fold: Int,
        distances: CoefficientMatrix,
        alpha: CoefficientMatrix
    ) throws

    mutating func didStep(_ record: SoupStepRecord) throws

    mutating func didMonitor(_ record: SoupMonitorRecord) throws

    /// The run can be taken up again from here: after a fold has set out, after each step and after the
    /// coefficient block was settled, once the monitor has been looked at where that is due.
    ///
    /// What it throws ends the run.
    mutating func didReach<Space: CoefficientSpace>(_ state: SoupState<Space>) throws
}
