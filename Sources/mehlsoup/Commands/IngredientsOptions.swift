import ArgumentParser
import Training

extension PoolSettings.Spread: ExpressibleByArgument {}

/// The data sets of `mehlsoup ingredients`.
struct IngredientsData: ParsableArguments {
    @Option(help: ArgumentHelp("Labelled images to train on.", valueName: "data"))
    var data: String

    @Option(
        help: ArgumentHelp(
            "Images to measure each model on: those that `learn` will get.",
            valueName: "data"
        )
    )
    var heldoutData: String?

    @Option(help: ArgumentHelp("Test images to measure each model on.", valueName: "data"))
    var evalData: String?

    func apply(to settings: inout PoolSettings) {
        settings.heldoutData = heldoutData
        settings.evaluationData = evalData
    }
}

/// How many ingredients there are and how they differ.
struct IngredientsPool: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder to write into: a new one, or one without checkpoints.",
            valueName: "dir"
        )
    )
    var out: String

    @Option(parsing: .unconditional, help: "Number of ingredients. (8)", transform: Int.parse)
    var count = 8

    @Option(parsing: .unconditional, help: "Seed of everything random. (1)", transform: Int.parse)
    var seed = 1

    @Option(
        help: """
            How far apart the ingredients lie. near: a well-trained base, small learning rates; far: a hastily trained \
            base and a wide range of learning rates. Sets --pretrain-epochs (8, 2), --epochs (0.5:1.5, 1:2) and \
            --learning-rate-range (2e-4:1e-3, 2e-4:6e-3) unless they are given.
            """
    )
    var spread = PoolSettings.Spread.near

    @Option(help: ArgumentHelp("Range of the fine-tunings' learning rates.", valueName: "low:high"))
    var learningRateRange: String?

    @Option(
        help: ArgumentHelp("Range of the fine-tunings' epochs, or one number for all.", valueName: "low:high")
    )
    var epochs: String?

    @Option(parsing: .unconditional, help: "Epochs of pretraining.", transform: Double.parse)
    var pretrainEpochs: Double?

    @Option(parsing: .unconditional, help: "Learning rate of pretraining. (0.003)", transform: Double.parse)
    var pretrainLr = 3e-3

    @Option(
        parsing: .unconditional,
        help: "Share of the data that pretraining sees. (0.5)",
        transform: Double.parse
    )
    var pretrainShare = 0.5

    @Option(parsing: .unconditional, help: "Images in a batch. (128)", transform: Int.parse)
    var batchSize = 128

    func apply(to settings: inout PoolSettings) throws {
        settings.count = count
        settings.seed = seed
        settings.batchSize = batchSize
        settings.pretrainLearningRate = pretrainLr
        settings.pretrainShare = pretrainShare
        if let pretrainEpochs { settings.pretrainEpochs = pretrainEpochs }
        if let epochs { settings.epochs = try Self.range("--epochs", epochs) }
        if let learningRateRange {
            settings.learningRates = try Self.range("--learning-rate-range", learningRateRange)
        }
    }

    /// "LOW:HIGH", or one number for both.
    static func range(_ option: String, _ text: String) throws(TrainingError) -> ClosedRange<Double> {
        let ends = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        guard ends.count == 1 || ends.count == 2, let low = ends[0], let high = ends[ends.count - 1],
            low <= high
        else {
            throw TrainingError(
                option,
                expected: "LOW:HIGH, two numbers with LOW ≤ HIGH",
                found: "\"\(text)\""
            )
        }
        return low...high
    }
}

/// The model that is trained.
struct IngredientsModel: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "Side of a patch in pixels (default: the greatest up to 16 that leaves at least 16 patches).",
        transform: Int.parse
    )
    var patchSize: Int?

    @Option(parsing: .unconditional, help: "Channels of a token. (64)", transform: Int.parse)
    var embedDim = 64

    @Option(parsing: .unconditional, help: "Number of encoder blocks. (4)", transform: Int.parse)
    var depth = 4

    @Option(
        parsing: .unconditional,
        help: "Number of attention heads, a divisor of --embed-dim. (4)",
        transform: Int.parse
    )
    var heads = 4

    func apply(to settings: inout PoolSettings) {
        settings.patch = patchSize
        settings.embedding = embedDim
        settings.depth = depth
        settings.heads = heads
    }
}

/// How it is computed and shown.
struct IngredientsExecution: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: """
            Lanes that a batch is cut into, worked on side by side. Results depend on it in the last \
            digits, and on ranks and threads not at all. (8)
            """,
        transform: Int.parse
    )
    var lanes = 8

    @Option(
        parsing: .unconditional,
        help: "Threads of a rank (default: the host's cores divided among its ranks).",
        transform: Int.parse
    )
    var threads: Int?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false
}
