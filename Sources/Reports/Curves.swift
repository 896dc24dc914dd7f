/// What happened over the steps of a run.
package struct Curves: Sendable {
    package struct Step: Sendable, Equatable {
        package var loss: Double
        /// Share of the batch that was right, 0…1.
        package var accuracy: Double
        /// Of the model's gradient, before clipping.
        package var gradientNorm: Double
        package var learningRate: Double

        package init(loss: Double, accuracy: Double, gradientNorm: Double, learningRate: Double) {
            self.loss = loss
            self.accuracy = accuracy
            self.gradientNorm = gradientNorm
            self.learningRate = learningRate
        }
    }

    /// A look at the monitor: the held-out data that is not learned from.
    package struct MonitorPoint: Sendable, Equatable {
        /// The number of steps done before the look: 0 is the start.
        package var step: Int
        package var loss: Double
        package var accuracy: Double

        package init(step: Int, loss: Double, accuracy: Double) {
            self.step = step
            self.loss = loss
            self.accuracy = accuracy
        }
    }

    package struct CoefficientBlock: Sendable, Equatable {
        /// Number of its first step, from 0.
        package var firstStep: Int
        /// Short, as "1" or "epoch 2, 1".
        package var label: String

        package init(firstStep: Int, label: String) {
            self.firstStep = firstStep
            self.label = label
        }
    }

    /// Every step of the run from number 0, without a gap.
    package var steps: [Step]
    package var monitor: [MonitorPoint]
    package var coefficientBlocks: [CoefficientBlock]
    /// The number of steps after which the iterate that was kept stood; nil where the last one was kept.
    package var keptStep: Int?

    package init(
        steps: [Step],
        monitor: [MonitorPoint] = [],
        coefficientBlocks: [CoefficientBlock] = [],
        keptStep: Int? = nil
    ) {
        self.steps = steps
        self.monitor = monitor
        self.coefficientBlocks = coefficientBlocks
        self.keptStep = keptStep
    }
}
