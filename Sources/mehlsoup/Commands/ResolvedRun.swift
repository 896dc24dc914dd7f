import Checkpoints
import Coordination
import Diagnostics
import Kernels
import MessagePassing
import Soups
import Tensors
import Yams

/// The options of one run with everything decided.
struct ResolvedRun {
    var models: [String]
    /// Which weights of training checkpoints; nil as timm reads them.
    let weights: WeightsKind?
    var data: String
    var evalData: String?
    var out: String
    var settings: LearnSettings
    /// How often the state is saved.
    let interval: SaveInterval
    /// What becomes of a run that was interrupted in `out`.
    let interrupted: InterruptedRun
    /// Seconds of silence after which a rank counts as lost; 0 for never.
    let timeout: Double
    let images: ImageSettings
    /// Whether input that looks wrong is taken nevertheless.
    let takesDoubtful: Bool

    /// Whether the defaults are those that were published.
    private let isPaper: Bool
    /// Whether the number of threads was said, rather than taken from this machine.
    private let saysThreads: Bool

    /// * `method`, `seed`: what the command line says of them; nil for the file's, or the defaults
    /// * `file`: what `--config` names
    /// * `share`: the cores that a rank has where nothing else is said
    init(
        _ given: RunOptions,
        method: SoupMethod?,
        seed: UInt64?,
        _ file: ConfigurationFile,
        _ share: CoreShare
    ) throws {
        models = given.models.isEmpty ? try file.list("models") ?? [] : given.models
        guard !models.isEmpty else {
            throw OptionError(
                option: "--models",
                expected: "files, folders or globs of ingredients",
                found: "nothing"
            )
        }
        weights = try given.weights.kind(file)
        data = try Options.required(given.data ?? file.value("data"), "data", "held-out images")
        evalData = try given.evalData ?? file.value("eval-data")
        out = try Options.required(given.out ?? file.value("out"), "out", "a folder to write into")
        timeout = try Options.timeout(given.timeout ?? file.value("timeout"))
        interval = try Options.interval(given.saveEvery ?? file.value("save-every"), "save-every")
        guard !given.resume || !given.restart else {
            throw OptionError(option: "--restart", expected: "no --resume beside it", found: "both")
        }
        takesDoubtful = try given.anyway || file.value("anyway") ?? false
        interrupted = given.resume ? .resume : given.restart ? .discard : .refuse
        let threads: Int? = try given.threads ?? file.value("threads")
        saysThreads = threads != nil
        isPaper = try given.paper || file.value("paper") ?? false
        settings = try LearnSettings(
            method ?? Options.choice(file.value("method") ?? "auto", "method"),
            isPaper: isPaper
        )
        settings.seed = try seed ?? file.value("seed") ?? settings.seed
        try settings.take(given, file)
        settings.threads = try share.threads(threads)
        images = try given.images.settings(file, threads: settings.threads)
    }

    static let names =
        [
            "models", "data", "eval-data", "out", "method", "granularity", "group", "include", "exclude",
            "block-size", "outer-epochs", "epochs",
            "batch-size", "lr", "shared-lr", "weight-decay", "clip", "warmup", "schedule", "directions",
            "start",
            "monitor", "guard", "paper",
            "seed", "lanes", "micro-batch", "threads", "slice-type", "trace-level", "save-every", "timeout",
            "look", "anyway",
        ] + ImageOptions.names + WeightsOptions.names

    /// What the run works on, opened and checked on every rank.
    func inputs(on transport: any Transport) throws -> RunInputs {
        let inputs = try RunInputs.open(
            models: models,
            weights: weights,
            datasets: [data] + (evalData.map { [$0] } ?? []),
            images: images,
            on: transport
        )
        return try transport.agreeing { try check(inputs) }
    }

    private func check(_ inputs: RunInputs) throws -> RunInputs {
        guard inputs.pool.count > 1 else {
            throw OptionError(option: "--models", expected: "at least 2 ingredients", found: "1")
        }
        try inputs.checkOutput(folder: out)
        try settings.check(patternsFor: inputs.layout, in: inputs.pool.ingredients[0].path)
        let images = inputs.datasets[0].count
        guard settings.monitor == 0 || images > 1 else {
            throw OptionError(option: "--data", expected: "at least 2 images with --monitor", found: "1")
        }
        if !takesDoubtful, let refusal = DoubtfulInput(inputs.doubts) { throw refusal }
        return inputs
    }

    /// The options that decide the result, as the trace records them.
    var resultOptions: [(name: String, value: String)] {
        [
            ("data", data), ("method", settings.method.rawValue),
            ("granularity", settings.granularity.rawValue),
            ("block-size", "\(settings.blockSize)"), ("outer-epochs", "\(settings.outerEpochs)"),
            ("epochs", "\(settings.epochs)"), ("batch-size", "\(settings.batchSize)"),
            ("lr", "\(settings.learningRate)"), ("shared-lr", "\(settings.sharedLearningRate)"),
            ("weight-decay", "\(settings.weightDecay)"),
            ("clip", "\(settings.clip)"), ("warmup", "\(settings.warmup)"),
            ("schedule", settings.schedule.rawValue), ("directions", settings.directions.rawValue),
            ("start", settings.start.rawValue),
            ("monitor", "\(settings.monitor)"), ("guard", "\(settings.guards)"),
            ("seed", "\(settings.seed)"), ("lanes", "\(settings.lanes)"),
            ("slice-type", settings.sliceType.rawValue),
        ] + (settings.microBatch.map { [("micro-batch", "\($0)")] } ?? [])
            + (settings.look.map { [("look", "\($0)")] } ?? [])
            + (weights.map { [("weights", $0.rawValue)] } ?? [])
            + settings.patterns.options.map { name, patterns in
                (name, patterns.map(\.description).joined(separator: " "))
            }
    }

    /// The options that must be the same on every rank; folders may have other names elsewhere.
    var commonOptions: [String] {
        resultOptions.filter { $0.name != "data" }.map { "--\($0.name) \($0.value)" }
    }

    /// Every option, resolved, in the form that `--config` reads from any folder.
    func yaml() throws -> String {
        func text(_ value: String) -> Node { Node(value, Tag(.str), .doubleQuoted) }
        func place(_ path: String) -> Node { text(ConfigurationFile.absolute(path)) }
        var pairs: [(Node, Node)] = [(Node("models"), Node(models.map(place)))]
        pairs.append((Node("out"), place(out)))
        if let evalData { pairs.append((Node("eval-data"), place(evalData))) }
        if saysThreads { pairs.append((Node("threads"), Node("\(settings.threads)"))) }
        if takesDoubtful { pairs.append((Node("anyway"), Node("true"))) }
        if isPaper { pairs.append((Node("paper"), Node("true"))) }
        if images.badImages == .skip { pairs.append((Node("on-bad-image"), Node("skip"))) }
        if let memory = images.memory { pairs.append((Node("image-memory"), Node("\(memory >> 20)"))) }
        pairs.append((Node("trace-level"), Node(settings.traceLevel.rawValue)))
        let lists = settings.patterns.options
        for (name, patterns) in lists {
            pairs.append((Node(name), Node(patterns.map { text($0.description) })))
        }
        for (name, value) in resultOptions where !lists.contains(where: { $0.name == name }) {
            pairs.append((Node(name), name == "data" ? place(value) : Node(value)))
        }
        return "\(ConfigurationFile.mark)\n" + (try Yams.serialize(node: Node(pairs)))
    }
}
