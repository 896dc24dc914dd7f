import Datasets
import Foundation
import Randomness

extension PoolSettings {
    /// How the base is trained, on `samples` samples.
    func baseSettings(samples: Int) -> TrainingSettings {
        var stream = root.split("base")
        var settings = TrainingSettings(
            learningRate: pretrainLearningRate,
            weightDecay: 0.05,
            steps: TrainingSettings.steps(epochs: pretrainEpochs, samples: samples, batchSize: batchSize),
            batchSize: batchSize,
            seed: stream.index(below: 1 << 31)
        )
        settings.augmentation = Augmentation(shift: 1, flip: 0.5)
        return settings
    }

    /// How ingredient `index` is fine-tuned, on `samples` samples.
    ///
    /// It depends on the pool's seed and the index, not on how many ingredients there are or who trains them.
    func ingredientSettings(_ index: Int, samples: Int) -> TrainingSettings {
        var stream = root.split("ingredient", index)
        let learningRate = stream.logUniform(in: learningRates)
        let weightDecay = stream.logUniform(in: 1e-3...1e-1)
        let epochs = stream.uniform(in: epochs)
        var settings = TrainingSettings(
            learningRate: learningRate.toThreeDigits,
            weightDecay: weightDecay.toThreeDigits,
            steps: TrainingSettings.steps(epochs: epochs, samples: samples, batchSize: batchSize),
            batchSize: batchSize,
            seed: stream.index(below: 1 << 31)
        )
        settings.labelSmoothing = stream.choice([0, 0.05, 0.1])
        settings.augmentation = Augmentation(
            shift: stream.choice(spread == .near ? [0, 1] : [0, 1, 2, 3]),
            flip: stream.choice([0, 0.5]),
            erase: stream.choice(spread == .near ? [0, 0.1, 0.2] : [0, 0.25, 0.5]),
            mixup: stream.choice(spread == .near ? [0, 0.05, 0.1] : [0, 0.2, 0.5])
        )
        return settings
    }

    /// The samples that the base is trained on, of `count`: as large a share as asked for, at random.
    func pretrainSamples(of count: Int) -> [Int] {
        var stream = root.split("base samples")
        let chosen = max(1, Int((pretrainShare * Double(count)).rounded()))
        return stream.permutation(of: count).prefix(chosen).sorted()
    }

    /// Where the base's random weights come from.
    var weightSeed: UInt64 {
        var stream = root.split("weights")
        return stream.next()
    }

    private var root: RandomStream { RandomStream(seed: UInt64(bitPattern: Int64(seed))) }
}

extension RandomStream {
    /// Uniform in the logarithm.
    fileprivate mutating func logUniform(in range: ClosedRange<Double>) -> Double {
        exp(uniform(in: log(range.lowerBound)...log(range.upperBound)))
    }

    fileprivate mutating func choice<T>(_ values: [T]) -> T {
        values[index(below: values.count)]
    }
}

extension Double {
    /// Rounded so that it is short to write down.
    fileprivate var toThreeDigits: Double { Double(String(format: "%.3g", self)) ?? self }
}
