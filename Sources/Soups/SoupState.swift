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

extension SoupState {
    /// Steps of the whole run that are done.
    package func stepsDone(stepsPerBlock: Int) -> Int {
        blocksDone * stepsPerBlock + (current?.stepsDone ?? 0)
    }

    /// Whether these values, which came out of a file, can be those of a run with these settings.
    ///
    /// Everything that the learner takes for granted is looked at, so that no file can make it trap.
    package func isSound(
        ingredients: Int,
        groups: Int,
        settings: SoupSettings,
        sampler: some CoefficientSampler
    )
        -> Bool
    {
        let (blocks, overflow) = settings.outerEpochs.multipliedReportingOverflow(
            by: sampler.blocksPerOuterEpoch
        )
        guard alpha.isSound(rows: ingredients, columns: groups), temperature.isFinite,
            blocksDone >= 0, overflow || blocksDone <= blocks
        else { return false }
        guard let current else { return true }
        guard overflow || blocksDone < blocks, (0...settings.stepsPerBlock).contains(current.stepsDone) else {
            return false
        }
        let (outerEpoch, index) = blocksDone.quotientAndRemainder(dividingBy: sampler.blocksPerOuterEpoch)
        let count = current.block.ingredients.count
        guard current.block == sampler.block(outerEpoch: outerEpoch, index: index),
            current.space.distances.isSound(rows: count, columns: groups)
        else { return false }
        // What the space is made of decides how many parameters there are.
        let space = Space(
            distances: current.space.distances,
            alpha: alpha.rows(of: current.block.ingredients),
            settings: settings
        )
        let parameters = space.start.count
        let kept = current.kept?.parameters ?? current.parameters
        return current.space == space && current.optimizer.isSound(parameters: parameters)
            && [current.parameters, kept].allSatisfy { $0.count == parameters && $0.allSatisfy(\.isFinite) }
    }
}

extension CoefficientMatrix {
    /// Whether it has this shape, and finite numbers alone.
    package func isSound(rows: Int, columns: Int) -> Bool {
        self.rows == rows && self.columns == columns && values.count == rows * columns
            && values.allSatisfy(\.isFinite)
    }
}
