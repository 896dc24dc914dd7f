/// Where a run stands, as plain values: enough to take it up again.
package struct SoupState<Space: CoefficientSpace>: Sendable, Equatable, Codable {
    /// The coefficient block at work.
    package struct Current: Sendable, Equatable, Codable {
        package let block: CoefficientBlock
        /// The folds' ways through it, as far as they were begun: all but the last have come to its end.
        package var paths: [Path] = []
    }

    /// One fold's way through a coefficient block.
    package struct Path: Sendable, Equatable, Codable {
        package let space: Space
        /// x.
        package var parameters: [Double]
        package var optimizer: AdamW
        package var stepsDone = 0
        /// The best iterate on the monitor so far; none without a monitor.
        package var kept: Kept?

        /// x where the coefficient block ends.
        var end: [Double] { kept?.parameters ?? parameters }
    }

    /// An iterate to fall back on.
    package struct Kept: Sendable, Equatable, Codable {
        /// x.
        package let parameters: [Double]
        package let score: SoupScore
    }

    /// By fold: the pool's coefficients in its centre, ingredients × groups; they do not move within a coefficient block.
    package var alphas: [CoefficientMatrix]
    /// By fold: β after the last coefficient block that is done.
    package var temperatures: [Double]
    /// Coefficient blocks done over the whole run: the sampler's position.
    package var blocksDone = 0
    /// None between coefficient blocks.
    package var current: Current?

    /// * `alphas`: where each fold starts
    package init(alphas: [CoefficientMatrix]) {
        self.alphas = alphas
        temperatures = Array(repeating: 1, count: alphas.count)
    }

    /// The mean of the folds' coefficients: it lies on the hyperplane as they do.
    package var alpha: CoefficientMatrix { .mean(of: alphas) }

    /// The mean of the folds' β.
    package var temperature: Double { temperatures.reduce(0, +) / Double(temperatures.count) }
}

extension SoupState {
    /// Steps of the whole run that are done.
    package func stepsDone(stepsPerBlock: Int) -> Int {
        let current = current?.paths.map(\.stepsDone).reduce(0, +) ?? 0
        return blocksDone * alphas.count * stepsPerBlock + current
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
        guard alphas.count == settings.folds, temperatures.count == settings.folds,
            alphas.allSatisfy({ $0.isSound(rows: ingredients, columns: groups) }),
            temperatures.allSatisfy(\.isFinite), blocksDone >= 0, overflow || blocksDone <= blocks
        else { return false }
        guard let current else { return true }
        let (outerEpoch, index) = blocksDone.quotientAndRemainder(dividingBy: sampler.blocksPerOuterEpoch)
        guard overflow || blocksDone < blocks,
            current.block == sampler.block(outerEpoch: outerEpoch, index: index),
            (1...settings.folds).contains(current.paths.count),
            current.paths.dropLast().allSatisfy({ $0.stepsDone == settings.stepsPerBlock })
        else { return false }
        return zip(current.paths, alphas).allSatisfy { path, alpha in
            path.isSound(alpha.rows(of: current.block.ingredients), settings)
        }
    }
}

extension SoupState.Path {
    /// * `alpha`: the coefficient block's rows of the fold's centre
    fileprivate func isSound(_ alpha: CoefficientMatrix, _ settings: SoupSettings) -> Bool {
        guard (0...settings.stepsPerBlock).contains(stepsDone),
            space.distances.isSound(rows: alpha.rows, columns: alpha.columns)
        else { return false }
        // What the space is made of decides how many parameters there are.
        let expected = Space(distances: space.distances, alpha: alpha, settings: settings)
        let count = expected.start.count
        return space == expected && optimizer.isSound(parameters: count)
            && [parameters, end].allSatisfy { $0.count == count && $0.allSatisfy(\.isFinite) }
    }
}

extension CoefficientMatrix {
    /// Whether it has this shape, and finite numbers alone.
    package func isSound(rows: Int, columns: Int) -> Bool {
        self.rows == rows && self.columns == columns && values.count == rows * columns
            && values.allSatisfy(\.isFinite)
    }

    /// The mean of some matrices of one shape; of one alone, itself.
    package static func mean(of matrices: [CoefficientMatrix]) -> CoefficientMatrix {
        guard var mean = matrices.first, matrices.count > 1 else { return matrices[0] }
        for matrix in matrices.dropFirst() {
            precondition(matrix.rows == mean.rows && matrix.columns == mean.columns)
            for index in mean.values.indices { mean.values[index] += matrix.values[index] }
        }
        for index in mean.values.indices { mean.values[index] /= Double(matrices.count) }
        return mean
    }
}
