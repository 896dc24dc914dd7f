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
        /// The best iterate on the monitor so far; none without a monitor.
        package var kept: Kept?
    }

    /// An iterate to fall back on.
    package struct Kept: Sendable, Equatable, Codable {
        /// x.
        package let parameters: [Double]
        package let score: SoupScore
    }

    /// The pool's coefficients in the centre, ingredients × groups; does not move within a coefficient block.
    package var alpha: CoefficientMatrix
    /// β after the last coefficient block that is done.
    package var temperature = 1.0
    /// Coefficient blocks done over the whole run: the sampler's position.
    package var blocksDone = 0
    /// None between coefficient blocks.
    package var current: Current?
}
