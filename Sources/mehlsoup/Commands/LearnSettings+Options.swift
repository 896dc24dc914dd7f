import Coordination
import Soups
import Tensors

extension LearnSettings {
    /// Takes over what the command line and then the file say.
    mutating func take(_ given: RunOptions, _ file: ConfigurationFile) throws {
        func integer(_ value: Int?, _ name: String, _ place: inout Int, _ range: ClosedRange<Int>) throws {
            place = try Options.integer(try value ?? file.value(name) ?? place, name, in: range)
        }
        func number(_ value: Double?, _ name: String, _ place: inout Double, upTo top: Double) throws {
            place = try Options.number(try value ?? file.value(name) ?? place, name, in: 0...top)
        }
        func choice<T: RawRepresentable & CaseIterable>(_ value: String?, _ name: String, _ place: inout T)
            throws
        where T.RawValue == String {
            place = try Options.choice(try value ?? file.value(name) ?? place.rawValue, name)
        }
        let many = 1...1_000_000_000
        let beyond = Double.greatestFiniteMagnitude
        try takeGranularity(given, file)
        try takePatterns(given, file)
        try integer(given.blockSize, "block-size", &blockSize, many)
        try integer(given.outerEpochs, "outer-epochs", &outerEpochs, many)
        try integer(given.epochs, "epochs", &epochs, many)
        try integer(given.batchSize, "batch-size", &batchSize, many)
        try number(given.lr, "lr", &learningRate, upTo: beyond)
        try number(given.sharedLr, "shared-lr", &sharedLearningRate, upTo: beyond)
        try number(given.weightDecay, "weight-decay", &weightDecay, upTo: beyond)
        try number(given.clip, "clip", &clip, upTo: beyond)
        try number(given.warmup, "warmup", &warmup, upTo: 1)
        try choice(given.schedule, "schedule", &schedule)
        try choice(given.directions, "directions", &directions)
        try choice(given.start, "start", &start)
        guards = try given.guard || file.value("guard") ?? false
        if guards { monitor = 0.2 }
        try number(given.monitor, "monitor", &monitor, upTo: 0.9)
        guard !guards || monitor > 0 else {
            throw OptionError(
                option: "--guard",
                expected: "a --monitor above 0 to judge by",
                found: "--monitor 0"
            )
        }
        try integer(given.lanes, "lanes", &lanes, 1...65536)
        let micro = try given.microBatch ?? file.value("micro-batch")
        microBatch = try micro.map { try Options.integer($0, "micro-batch", in: 1...65536) }
        let look = try given.look ?? file.value("look")
        self.look = try look.map { try Options.integer($0, "look", in: 0...1_000_000_000) }
        try choice(given.sliceType, "slice-type", &sliceType)
        try choice(given.traceLevel, "trace-level", &traceLevel)
    }

    private mutating func takeGranularity(_ given: RunOptions, _ file: ConfigurationFile) throws {
        guard let name = try given.granularity ?? file.value("granularity") else { return }
        let wanted: Granularity = try Options.choice(name, "granularity")
        guard method.isPlus != (wanted == .model) else {
            let expected = method.isPlus ? "tensor or layer" : "model"
            throw OptionError(
                option: "--granularity",
                expected: "\(expected) with --method \(method.rawValue)",
                found: "\"\(name)\""
            )
        }
        granularity = wanted
    }

    private mutating func takePatterns(_ given: RunOptions, _ file: ConfigurationFile) throws {
        func list(_ given: [String], _ name: String) throws -> [NamePattern] {
            (given.isEmpty ? try file.list(name) ?? [] : given).map(NamePattern.init)
        }
        patterns = GroupPatterns(
            include: try list(given.include, "include"),
            exclude: try list(given.exclude, "exclude"),
            groups: try list(given.group, "group")
        )
        guard patterns.groups.isEmpty || method.isPlus else {
            throw OptionError(
                option: "--group",
                expected: "a method with a +, which learns a coefficient per group",
                found: "--method \(method.rawValue)"
            )
        }
    }

    /// Throws where a pattern fits no tensor that is computed with, or nothing is left to mix.
    func check(patternsFor layout: ParameterLayout, in checkpoint: String) throws {
        for (name, patterns) in patterns.options {
            for pattern in patterns
            where !layout.parameters.contains(where: { pattern.matches($0.name) }) {
                throw OptionError(
                    option: "--\(name)",
                    expected:
                        "a pattern of tensors that the model computes with (`mehlsoup inspect \(checkpoint)`)",
                    found: "\"\(pattern)\", which fits none"
                )
            }
        }
        guard layout.parameters.contains(where: { patterns.isMixed($0.name) }) else {
            throw OptionError(option: "--exclude", expected: "something left to mix", found: "nothing left")
        }
    }
}

extension GroupPatterns {
    /// The options that were given, and their patterns.
    var options: [(name: String, patterns: [NamePattern])] {
        [("include", include), ("exclude", exclude), ("group", groups)].filter { !$0.1.isEmpty }
    }
}
