/// Everything that a pool is made from.
package struct PoolSettings: Sendable {
    /// How far the ingredients lie from each other: presets of the base's and the ingredients' training.
    package enum Spread: String, Sendable, CaseIterable, Codable {
        /// A well-trained base and small learning rates: ingredients that mix well.
        case near
        /// A hastily trained base and a wide range of learning rates: some ingredients are poor, and some mix badly.
        case far

        package var pretrainEpochs: Double { self == .near ? 8 : 2 }
        package var epochs: ClosedRange<Double> { self == .near ? 0.5...1.5 : 1...2 }
        package var learningRates: ClosedRange<Double> { self == .near ? 2e-4...1e-3 : 2e-4...6e-3 }
    }

    package var data: String
    package var heldoutData: String?
    package var evaluationData: String?
    package var folder: String
    package var count = 8
    package var seed = 1
    package var spread = Spread.near
    package var pretrainEpochs: Double
    package var pretrainLearningRate = 3e-3
    /// Share of the samples that the base sees.
    package var pretrainShare = 0.5
    package var epochs: ClosedRange<Double>
    package var learningRates: ClosedRange<Double>
    package var batchSize = 128
    /// Side of a patch; nil for one that suits the images.
    package var patch: Int?
    package var embedding = 64
    package var depth = 4
    package var heads = 4
    package var lanes = 8
    /// Threads of a rank.
    package var threads = 1
    /// Threads of rank 0 while it pretrains and the other ranks wait.
    package var pretrainThreads = 1

    package init(data: String, folder: String, spread: Spread = .near) {
        self.data = data
        self.folder = folder
        self.spread = spread
        pretrainEpochs = spread.pretrainEpochs
        epochs = spread.epochs
        learningRates = spread.learningRates
    }

    /// - Throws: `TrainingError` for the first option outside its limits.
    package func check() throws(TrainingError) {
        try check("--count", count, 1...9999)
        try check("--seed", seed, 0...(1 << 53 - 1))
        try check("--batch-size", batchSize, 1...65536)
        try check("--embed-dim", embedding, 1...8192)
        try check("--depth", depth, 1...128)
        try check("--heads", heads, 1...embedding)
        try check("--lanes", lanes, 1...1024)
        try check("--threads", threads, 1...1024)
        if let patch { try check("--patch-size", patch, 1...1024) }
        try check("--pretrain-epochs", [pretrainEpochs], upTo: 10_000)
        try check("--pretrain-lr", [pretrainLearningRate], upTo: 1)
        try check("--pretrain-share", [pretrainShare], upTo: 1)
        try check("--epochs", [epochs.lowerBound, epochs.upperBound], upTo: 10_000)
        try check(
            "--learning-rate-range",
            [learningRates.lowerBound, learningRates.upperBound],
            upTo: 1
        )
        guard embedding % heads == 0 else {
            throw TrainingError(
                "--heads",
                expected: "a divisor of \(embedding) (--embed-dim)",
                found: "\(heads)"
            )
        }
    }

    private func check(_ option: String, _ value: Int, _ limits: ClosedRange<Int>) throws(TrainingError) {
        guard limits.contains(value) else {
            throw TrainingError(
                option,
                expected: "a whole number from \(limits.lowerBound) to \(limits.upperBound)",
                found: "\(value)"
            )
        }
    }

    private func check(
        _ option: String,
        _ values: [Double],
        upTo limit: Double
    ) throws(TrainingError) {
        for value in values where !(value > 0 && value <= limit) {
            throw TrainingError(
                option,
                expected: "a number above 0 and at most \(limit.formatted)",
                found: value.formatted
            )
        }
    }
}

extension Double {
    /// Without ".0" at the end of a whole number.
    fileprivate var formatted: String {
        let text = "\(self)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
