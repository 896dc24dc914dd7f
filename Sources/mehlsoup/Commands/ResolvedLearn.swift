import Coordination
import Kernels
import Soups
import Tensors
import Yams

/// The options of `learn` with everything decided.
struct ResolvedLearn {
    var models: [String]
    var data: String
    var evalData: String?
    var out: String
    var settings: LearnSettings

    /// Whether the number of threads was said, rather than taken from this machine.
    private let saysThreads: Bool

    /// * `share`: the cores that a rank has where nothing else is said
    init(_ given: LearnOptions, _ share: CoreShare) throws {
        let file = try given.config.map { try ConfigurationFile($0, names: Self.names) } ?? .none
        models = given.models.isEmpty ? try file.list("models") ?? [] : given.models
        guard !models.isEmpty else {
            throw OptionError(
                option: "--models",
                expected: "files, folders or globs of ingredients",
                found: "nothing"
            )
        }
        data = try Options.required(given.data ?? file.value("data"), "data", "held-out images")
        evalData = try given.evalData ?? file.value("eval-data")
        out = try Options.required(given.out ?? file.value("out"), "out", "a folder to write into")
        let threads: Int? = try given.threads ?? file.value("threads")
        saysThreads = threads != nil
        settings = try Self.settings(given, file)
        settings.threads = try share.threads(threads)
    }

    static let names = [
        "models", "data", "eval-data", "out", "method", "granularity", "block-size", "outer-epochs", "epochs",
        "batch-size", "lr", "weight-decay", "clip", "warmup", "start", "seed", "lanes", "micro-batch",
        "threads",
        "slice-type", "trace-level",
    ]

    private static func settings(
        _ given: LearnOptions,
        _ file: ConfigurationFile
    ) throws -> LearnSettings {
        var settings = LearnSettings()
        func integer(_ value: Int?, _ name: String, _ fallback: Int, _ range: ClosedRange<Int>) throws -> Int
        {
            try Options.integer(try value ?? file.value(name) ?? fallback, name, in: range)
        }
        func number(_ value: Double?, _ name: String, _ fallback: Double, upTo top: Double) throws -> Double {
            try Options.number(try value ?? file.value(name) ?? fallback, name, in: 0...top)
        }
        let many = 1...1_000_000_000
        let beyond = Double.greatestFiniteMagnitude
        settings.method = try Options.choice(try given.method ?? file.value("method") ?? "mehl+", "method")
        settings.granularity = try granularity(given, file, settings.method)
        settings.blockSize = try integer(given.blockSize, "block-size", settings.blockSize, many)
        settings.outerEpochs = try integer(given.outerEpochs, "outer-epochs", settings.outerEpochs, many)
        settings.epochs = try integer(given.epochs, "epochs", settings.epochs, many)
        settings.batchSize = try integer(given.batchSize, "batch-size", settings.batchSize, many)
        settings.learningRate = try number(given.lr, "lr", settings.learningRate, upTo: beyond)
        settings.weightDecay = try number(
            given.weightDecay,
            "weight-decay",
            settings.weightDecay,
            upTo: beyond
        )
        settings.clip = try number(given.clip, "clip", settings.clip, upTo: beyond)
        settings.warmup = try number(given.warmup, "warmup", settings.warmup, upTo: 1)
        let start: StartName = try Options.choice(try given.start ?? file.value("start") ?? "pool", "start")
        settings.start = start == .pool ? .poolMean : .firstBlockMean
        settings.seed = try given.seed ?? file.value("seed") ?? settings.seed
        settings.lanes = try integer(given.lanes, "lanes", settings.lanes, 1...65536)
        let microBatch = try given.microBatch ?? file.value("micro-batch")
        settings.microBatch = try microBatch.map { try Options.integer($0, "micro-batch", in: 1...65536) }
        settings.sliceType = try Options.choice(
            try given.sliceType ?? file.value("slice-type") ?? "f32",
            "slice-type"
        )
        settings.traceLevel = try Options.choice(
            try given.traceLevel ?? file.value("trace-level") ?? "coefficients",
            "trace-level"
        )
        return settings
    }

    private enum StartName: String, CaseIterable {
        case pool
        case block
    }

    private static func granularity(
        _ given: LearnOptions,
        _ file: ConfigurationFile,
        _ method: SoupMethod
    ) throws -> Granularity {
        guard let name = try given.granularity ?? file.value("granularity") else { return method.granularity }
        let granularity: Granularity = try Options.choice(name, "granularity")
        guard method.isPlus != (granularity == .model) else {
            let expected = method.isPlus ? "tensor or layer" : "model"
            throw OptionError(
                option: "--granularity",
                expected: "\(expected) with --method \(method.rawValue)",
                found: "\"\(name)\""
            )
        }
        return granularity
    }

    /// The options that decide the result, as the trace records them.
    var resultOptions: [(name: String, value: String)] {
        let start: StartName = settings.start == .poolMean ? .pool : .block
        return [
            ("data", data), ("method", settings.method.rawValue),
            ("granularity", settings.granularity.rawValue),
            ("block-size", "\(settings.blockSize)"), ("outer-epochs", "\(settings.outerEpochs)"),
            ("epochs", "\(settings.epochs)"), ("batch-size", "\(settings.batchSize)"),
            ("lr", "\(settings.learningRate)"), ("weight-decay", "\(settings.weightDecay)"),
            ("clip", "\(settings.clip)"), ("warmup", "\(settings.warmup)"), ("start", start.rawValue),
            ("seed", "\(settings.seed)"), ("lanes", "\(settings.lanes)"),
            ("slice-type", settings.sliceType.rawValue),
        ] + (settings.microBatch.map { [("micro-batch", "\($0)")] } ?? [])
    }

    /// The options that must be the same on every rank; folders may have other names elsewhere.
    var commonOptions: [String] {
        resultOptions.filter { $0.name != "data" }.map { "--\($0.name) \($0.value)" }
    }

    /// Every option, resolved, in the form that `--config` reads.
    func yaml() throws -> String {
        func text(_ value: String) -> Node { Node(value, Tag(.str), .doubleQuoted) }
        var pairs: [(Node, Node)] = [(Node("models"), Node(models.map(text)))]
        pairs.append((Node("out"), text(out)))
        if let evalData { pairs.append((Node("eval-data"), text(evalData))) }
        if saysThreads { pairs.append((Node("threads"), Node("\(settings.threads)"))) }
        pairs.append((Node("trace-level"), Node(settings.traceLevel.rawValue)))
        for (name, value) in resultOptions {
            pairs.append((Node(name), name == "data" ? text(value) : Node(value)))
        }
        return try Yams.serialize(node: Node(pairs))
    }
}
