/// How a soup is learned.
package struct SoupSettings: Sendable, Equatable, Codable {
    /// The soup before the first step.
    package enum Start: String, Sendable, Codable, CaseIterable {
        /// Mean of all ingredients.
        case poolMean
        /// Mean of the first coefficient block, as the method was published: the shuffle then matters.
        case firstBlockMean
    }

    /// Ingredients of a coefficient block, at least 1; more than the pool has means all.
    package var blockSize = 18
    /// Passes over all coefficient blocks, at least 1.
    package var outerEpochs = 1
    /// Passes over the held-out data per coefficient block, at least 1.
    package var epochs = 5
    /// Batches of a pass, at least 1.
    package var batchesPerEpoch: Int
    package var learningRate = 0.01
    package var weightDecay = 0.0
    /// Largest norm of θ's gradient; zero for no clipping.
    package var clip = 1.0
    /// Share of a coefficient block's steps in which the learning rate rises, 0 to 1.
    package var warmup = 0.2
    /// See `GradientConditioning`.
    package var stillness = 1e-6
    package var seed: UInt64 = 1
    package var start = Start.poolMean

    package init(batchesPerEpoch: Int) {
        self.batchesPerEpoch = batchesPerEpoch
    }

    /// Steps of one coefficient block; `Int.max` for settings beyond all reason.
    package var stepsPerBlock: Int { saturatingProduct(epochs, batchesPerEpoch) }
}

func saturatingProduct(_ left: Int, _ right: Int) -> Int {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
}
