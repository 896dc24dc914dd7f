import Checkpoints
import Coordination
import Diagnostics
import Kernels
import MessagePassing
import Runs
import Soups
import Tensors

/// One run with everything decided.
struct ResolvedRun {
    var models: [String] = []
    var checkpoints = CheckpointSettings()
    var data = ""
    var evalData: String?
    var unlabelled: String?
    var out = ""
    /// Whether the defaults are those that were published.
    var isPaper = false
    var settings = LearnSettings()
    var images = ImageSettings()
    /// Threads of each rank; nil for its share of the machine.
    var threads: Int?
    /// What to say of settings that do not suit this machine.
    var warnings: [String] = []
    /// Seconds of silence after which a rank counts as lost; 0 for never.
    var timeout = defaultTimeout
    /// How often the state is saved.
    var interval = SaveInterval.seconds(600)
    var resumes = false
    var restarts = false
    /// Whether input that looks wrong is taken nevertheless.
    var takesDoubtful = false
    var isDryRun = false
    var configuration: String?
    var printsJSON = false

    static let defaultTimeout = 8.0

    /// * `said`: what the command line and the file of `--config` say
    /// * `share`: the cores that a rank has where nothing else is said
    init(_ said: OptionValues, _ share: CoreShare) throws {
        // Twice, for method, --paper, --guard and --monitor decide the defaults of others.
        settings = LearnSettings(.auto)
        try take(said)
        let (guards, hasMonitor) = (settings.guards, settings.guards || settings.monitor > 0)
        // As published, or with a monitor to judge by, there is nothing to choose.
        let saidMethod: String? = try said.value("method")
        if saidMethod == nil, isPaper || hasMonitor { settings.method = .mehlPlus }
        settings = LearnSettings(settings.method, isPaper: isPaper)
        if hasMonitor { settings.folds = 1 }
        if guards { settings.monitor = 0.2 }
        try take(said)
        try checkTogether()
        settings.threads = try share.threads(threads)
        settings.hasCores = settings.threads <= share.threads
        warnings =
            [share.warning(ofThreads: settings.threads)].compactMap { $0 }
            + (settings.precision == .bf16 ? [BFloat16Products.warning].compactMap { $0 } : [])
        images.threads = settings.threads
    }

    /// What becomes of a run that was interrupted in `out`.
    var interrupted: InterruptedRun { resumes ? .resume : restarts ? .discard : .refuse }

    /// Throws where options contradict each other.
    private func checkTogether() throws {
        guard !resumes || !restarts else {
            throw OptionError(option: "--restart", expected: "no --resume beside it", found: "both")
        }
        let method = settings.method
        let learned = method.learnedAmongOthers ?? method
        guard method.isPlus != (settings.granularity == .model) else {
            let expected = method.isPlus ? "tensor or layer" : "model"
            throw OptionError(
                option: "--granularity",
                expected: "\(expected) with --method \(learned.rawValue)",
                found: "\"\(settings.granularity.rawValue)\""
            )
        }
        guard settings.patterns.groups.isEmpty || method.isPlus else {
            throw OptionError(
                option: "--group",
                expected: "a method with a +, which learns a coefficient per group",
                found: "--method \(method.rawValue)"
            )
        }
        guard !method.chooses || settings.folds > 1 else {
            throw OptionError(
                option: "--method",
                expected:
                    "one of a single soup where none is judged by folds (--paper, --monitor, --folds 1)",
                found: method.rawValue
            )
        }
        guard settings.precision == .f32 || BFloat16Products.isAvailable else {
            throw OptionError(
                option: "--precision",
                expected: "f32 on a processor without AVX-512, for which oneDNN has no products in bfloat16",
                found: "bf16"
            )
        }
        guard !settings.guards || settings.monitor > 0 else {
            throw OptionError(
                option: "--guard",
                expected: "a --monitor above 0 to judge by",
                found: "--monitor 0"
            )
        }
    }

    /// What the run works on, opened and checked on every rank.
    func inputs(on transport: any Transport) throws -> RunInputs {
        let inputs = try RunInputs.open(
            models: models,
            weights: checkpoints.weights,
            graph: checkpoints.graph,
            datasets: [data] + (evalData.map { [$0] } ?? []),
            unlabelled: unlabelled,
            images: images,
            on: transport
        )
        return try transport.agreeing { try check(inputs) }
    }

    private func check(_ inputs: RunInputs) throws -> RunInputs {
        guard inputs.pool.count > 1 else {
            throw OptionError(option: "--models", expected: "at least 2 ingredients", found: "1")
        }
        try inputs.output.check(folder: out)
        try settings.check(patternsFor: inputs.layout, in: inputs.pool.ingredients[0].path)
        let images = inputs.datasets[0].count
        guard settings.monitor == 0 || images > 1 else {
            throw OptionError(option: "--data", expected: "at least 2 images with --monitor", found: "1")
        }
        try settings.checkFolds(heldOut: images)
        if settings.statistics == .measured {
            try StatisticsError.check(inputs, option: "--statistics measured")
        }
        if !takesDoubtful, let refusal = DoubtfulInput(inputs.doubts) { throw refusal }
        return inputs
    }
}
