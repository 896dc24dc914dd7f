/// Where the samples of a batch come from, as a graph wants them.
///
/// Called from several threads at once.
package protocol SampleSource: Sendable {
    /// Number of samples in the batch.
    var count: Int { get }

    /// Writes the images and target distributions of the samples at `positions` of the batch.
    ///
    /// * `images`: positions × elements of an image
    /// * `targets`: positions × classes, each row summing to 1
    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) throws

    /// The class that counts as correct.
    func label(_ position: Int) -> Int
}

/// What a forward pass over some samples found.
package struct LossSum: Sendable, Equatable {
    /// Summed cross-entropy, not divided by the number of samples.
    package var loss: Double
    package var correct: Int
    package var count: Int

    /// These samples' part of the derivative of the whole batch's mean loss by the temperature.
    ///
    /// Divided by the batch already, as a gradient is; 0 where none was asked for.
    package var temperatureSlope: Double

    package static let zero = LossSum(loss: 0, correct: 0, count: 0)

    package init(loss: Double, correct: Int, count: Int, temperatureSlope: Double = 0) {
        self.loss = loss
        self.correct = correct
        self.count = count
        self.temperatureSlope = temperatureSlope
    }

    package static func + (left: LossSum, right: LossSum) -> LossSum {
        LossSum(
            loss: left.loss + right.loss,
            correct: left.correct + right.correct,
            count: left.count + right.count,
            temperatureSlope: left.temperatureSlope + right.temperatureSlope
        )
    }

    package var meanLoss: Double { loss / Double(count) }
    package var accuracy: Double { Double(correct) / Double(count) }
}
