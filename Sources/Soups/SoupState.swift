/// Where a run stands, as plain values: enough to take it up again.
package struct SoupState<Space: CoefficientSpace>: Sendable, Equatable, Codable {
    /// The coefficient block at work.
    package struct Current: Sendable, Equatable, Codable {
        package let block: CoefficientBlock
        package let space: Space
        /// x.
        package var parameters: [Double]
        package var optimizer: AdamW
        package var stepsDone = 0
    }

    /// The pool's coefficients in the centre, ingredients × groups; does not move within a coefficient block.
    package var alpha: CoefficientMatrix
    /// Coefficient blocks done over the whole run: the sampler's position.
    package var blocksDone = 0
    /// None between coefficient blocks.
    package var current: Current?
}
