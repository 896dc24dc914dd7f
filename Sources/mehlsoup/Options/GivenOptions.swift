import ArgumentParser

/// An option as the command line has it.
struct OptionArgument: Sendable {
    let name: String
    let reach: OptionReach
    /// ArgumentParser's property wrapper, before anything is parsed.
    fileprivate let definition: @Sendable () -> Any
    /// What was parsed; nil where nothing was said.
    fileprivate let parsed: @Sendable (Container) throws -> (any Sendable)?

    fileprivate typealias Container = KeyedDecodingContainer<Key>

    fileprivate struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    static func value<Raw: OptionRaw>(
        _ type: Raw.Type,
        _ name: String,
        _ reach: OptionReach,
        _ help: ArgumentHelp
    ) -> Self {
        Self(name, reach) {
            Option<Raw?>(
                name: .customLong(name),
                parsing: Raw.takesDashes ? .unconditional : .next,
                help: help,
                transform: { try Raw.parse($0) }
            )
        } parsed: {
            $0.wrappedValue
        }
    }

    static func list(_ name: String, _ reach: OptionReach, _ help: ArgumentHelp) -> Self {
        Self(name, reach) {
            Option<[String]>(
                wrappedValue: [],
                name: .customLong(name),
                parsing: .upToNextOption,
                help: help
            )
        } parsed: {
            $0.wrappedValue.isEmpty ? nil : $0.wrappedValue
        }
    }

    static func flag(_ name: String, _ reach: OptionReach, _ help: ArgumentHelp) -> Self {
        Self(name, reach) {
            Flag<Bool>(wrappedValue: false, name: .customLong(name), help: help)
        } parsed: {
            $0.wrappedValue ? true : nil
        }
    }

    private init<Wrapper: Decodable & SendableMetatype>(
        _ name: String,
        _ reach: OptionReach,
        definition: @escaping @Sendable () -> Wrapper,
        parsed: @escaping @Sendable (Wrapper) -> (any Sendable)?
    ) {
        self.name = name
        self.reach = reach
        self.definition = definition
        self.parsed = { parsed(try $0.decode(Wrapper.self, forKey: Key(stringValue: name))) }
    }
}

/// The options of a command.
protocol OptionList {
    /// In the order in which `--help` shows them.
    static var arguments: [OptionArgument] { get }
    /// Names that a file of `--config` may have.
    static var fileNames: [String] { get }
}

extension OptionList {
    static var fileNames: [String] { arguments.filter { $0.reach >= .file }.map(\.name) }
}

/// What the command line says of a list of options.
///
/// ArgumentParser finds options by mirroring a type's stored properties and has each decode itself; this type's mirror
/// shows the list in place of properties, so that an option needs none.
struct GivenOptions<List: OptionList>: ParsableArguments, CustomReflectable {
    private(set) var values = OptionValues()

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: OptionArgument.Key.self)
        for argument in List.arguments {
            values.set(argument.name, to: try argument.parsed(container))
        }
    }

    var customMirror: Mirror {
        Mirror(self, children: List.arguments.map { (label: $0.name, value: $0.definition()) })
    }

    /// What the command line says, and then the file that `--config` names.
    func withFile() throws -> OptionValues {
        var values = values
        if let path: String = try values.value("config") {
            values.file = try ConfigurationFile(path, names: List.fileNames)
        }
        return values
    }
}

extension GivenOptions where List: Configurable {
    /// The settings that come of these options alone.
    ///
    /// * `defaults`: what counts where nothing is said
    func settings(_ defaults: List) throws -> List {
        var settings = defaults
        try settings.take(values)
        return settings
    }
}
