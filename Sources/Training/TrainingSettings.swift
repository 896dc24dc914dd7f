import Datasets

/// How one model is trained.
package struct TrainingSettings: Sendable, Equatable, Codable {
    package var learningRate: Double
    package var weightDecay: Double
    package var steps: Int
    package var batchSize: Int
    /// Share of the steps in which the learning rate rises.
    package var warmup = 0.1
    /// Greatest norm of the gradient.
    package var clip = 1.0
    package var labelSmoothing = 0.0
    package var augmentation = Augmentation()
    /// Of the order of the samples and of the augmentation.
    package var seed: Int

    package init(learningRate: Double, weightDecay: Double, steps: Int, batchSize: Int, seed: Int) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.steps = steps
        self.batchSize = batchSize
        self.seed = seed
    }

    /// Steps in which `samples` samples are seen `epochs` times, at least one.
    package static func steps(epochs: Double, samples: Int, batchSize: Int) -> Int {
        let steps = (epochs * Double(samples) / Double(batchSize)).rounded()
        return max(1, Int(exactly: steps) ?? Int.max)
    }
}
