import ArgumentParser

/// How far an option reaches; each includes what stands before it.
enum OptionReach: Comparable {
    /// The command line alone.
    case commandLine
    /// The file of `--config`, too.
    case file
    /// `config.yaml`, too, which repeats the run.
    case record
    /// It decides the result: it stands in the trace and in comparisons, and ranks and resumed runs must agree on it.
    case result
}

/// How many values an option has once all is decided; traces hold options in this order.
enum OptionCount: CaseIterable {
    case one
    case oneOrNone
    case list
}

/// An option, declared once: all that the program does with options follows from lists of these.
struct DeclaredOption<Settings>: Sendable {
    let argument: OptionArgument
    let count: OptionCount
    /// Whether the values are paths: other ranks may have other ones, `config.yaml` has them absolute.
    let isPlace: Bool
    /// Takes over what was said; where nothing was said, all stays as it is.
    let take: @Sendable (inout Settings, OptionValues) throws -> Void
    /// What it came to; nil where there is nothing to record.
    let texts: @Sendable (Settings) -> [String]?

    var name: String { argument.name }
    var reach: OptionReach { argument.reach }
}

extension DeclaredOption {
    /// An option that has a value always: what `path` holds, where nothing is said.
    ///
    /// * `required`: what is expected where nothing is said, and nothing is no answer
    /// * `omitted`: a value that `config.yaml` does without
    static func value<Raw: OptionRaw, Value: Equatable & Sendable>(
        _ name: String,
        _ path: WritableKeyPath<Settings, Value> & Sendable,
        _ form: OptionForm<Raw, Value>,
        _ reach: OptionReach,
        required: String? = nil,
        omitted: Value? = nil,
        valueName: String? = nil,
        help: () -> String
    ) -> Self {
        Self(
            argument: .value(Raw.self, name, reach, ArgumentHelp(help(), valueName: valueName)),
            count: .one,
            isPlace: form.isPlace,
            take: { settings, said in
                if let raw: Raw = try said.value(name) {
                    settings[keyPath: path] = try form.read(raw, name)
                } else if let required {
                    throw OptionError(option: "--\(name)", expected: required, found: "nothing")
                }
            },
            texts: { settings in
                let value = settings[keyPath: path]
                return value == omitted ? nil : [form.text(value)]
            }
        )
    }

    /// An option that may have no value.
    static func optional<Raw: OptionRaw, Value: Sendable>(
        _ name: String,
        _ path: WritableKeyPath<Settings, Value?> & Sendable,
        _ form: OptionForm<Raw, Value>,
        _ reach: OptionReach,
        valueName: String? = nil,
        help: () -> String
    ) -> Self {
        Self(
            argument: .value(Raw.self, name, reach, ArgumentHelp(help(), valueName: valueName)),
            count: .oneOrNone,
            isPlace: form.isPlace,
            take: { settings, said in
                if let raw: Raw = try said.value(name) { settings[keyPath: path] = try form.read(raw, name) }
            },
            texts: { settings in settings[keyPath: path].map { [form.text($0)] } }
        )
    }

    /// An option of several values.
    static func list<Value: Sendable>(
        _ name: String,
        _ path: WritableKeyPath<Settings, [Value]> & Sendable,
        _ form: OptionForm<String, Value>,
        _ reach: OptionReach,
        required: String? = nil,
        valueName: String? = nil,
        help: () -> String
    ) -> Self {
        Self(
            argument: .list(name, reach, ArgumentHelp(help(), valueName: valueName)),
            count: .list,
            isPlace: form.isPlace,
            take: { settings, said in
                if let raw = try said.list(name) {
                    settings[keyPath: path] = try raw.map { try form.read($0, name) }
                }
                if let required, settings[keyPath: path].isEmpty {
                    throw OptionError(option: "--\(name)", expected: required, found: "nothing")
                }
            },
            texts: { settings in
                let values = settings[keyPath: path]
                return values.isEmpty ? nil : values.map(form.text)
            }
        )
    }

    /// An option without a value; `config.yaml` has it where it is set, the trace always.
    static func flag(
        _ name: String,
        _ path: WritableKeyPath<Settings, Bool> & Sendable,
        _ reach: OptionReach,
        help: () -> String
    ) -> Self {
        Self(
            argument: .flag(name, reach, ArgumentHelp(help())),
            count: .one,
            isPlace: false,
            take: { settings, said in
                if let flag: Bool = try said.value(name) { settings[keyPath: path] = flag }
            },
            texts: { settings in
                let isSet = settings[keyPath: path]
                return isSet || reach == .result ? ["\(isSet)"] : nil
            }
        )
    }

    /// The same option of settings that hold these.
    func within<Whole>(_ path: WritableKeyPath<Whole, Settings> & Sendable) -> DeclaredOption<Whole> {
        DeclaredOption<Whole>(
            argument: argument,
            count: count,
            isPlace: isPlace,
            take: { try take(&$0[keyPath: path], $1) },
            texts: { texts($0[keyPath: path]) }
        )
    }
}
