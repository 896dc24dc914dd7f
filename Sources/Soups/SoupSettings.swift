/// How a soup is learned.
package struct SoupSettings: Sendable, Equatable, Codable {
    /// Ingredients of a coefficient block, at least 1; more than the pool has means all.
    package var blockSize = 18
    /// Passes over all coefficient blocks, at least 1.
    package var outerEpochs = 1
    /// Passes over the held-out data per coefficient block, at least 1.
    package var epochs = 5
    /// Soups that are learned side by side, each on the data without its fold; 1 for one on all of it.
    package var folds = 1
    /// Batches of a pass, at least 1; the same for every fold.
    package var batchesPerEpoch: Int
    package var learningRate = 0.01
    /// Learning rate of the coefficient that all groups of an ingredient share; zero for none.
    ///
    /// See `HyperplaneSpace`.
    package var sharedLearningRate = 0.0
    package var weightDecay = 0.0
    /// Largest norm of θ's gradient; zero for no clipping.
    package var clip = 1.0
    /// Share of a coefficient block's steps in which the learning rate rises, 0 to 1.
    package var warmup = 0.2
    package var directions = HyperplaneSpace.Directions.unit
    package var schedule = LearningRateSchedule.Shape.cosine
    /// See `GradientConditioning`.
    package var stillness = 1e-6
    /// Steps between two looks at the monitor within a coefficient block; zero for no monitor.
    ///
    /// With a monitor, a coefficient block ends at its best iterate there: see `SoupScore`.
    package var monitorEvery = 0
    package var seed: UInt64 = 1

    package init(batchesPerEpoch: Int) {
        self.batchesPerEpoch = batchesPerEpoch
    }

    /// Steps of one fold in one coefficient block; `Int.max` for settings beyond all reason.
    package var stepsPerBlock: Int { saturatingProduct(epochs, batchesPerEpoch) }
}

func saturatingProduct(_ left: Int, _ right: Int) -> Int {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
}
