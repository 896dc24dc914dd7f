/// What is said of options: on the command line and then in a file.
struct OptionValues {
    private var given: [String: any Sendable] = [:]
    var file = ConfigurationFile.none

    func value<Raw: OptionRaw>(_ name: String) throws -> Raw? {
        try given[name] as? Raw ?? Raw.find(name, in: file)
    }

    /// Nil where nothing was said, or an empty list on the command line.
    func list(_ name: String) throws -> [String]? { try given[name] as? [String] ?? file.list(name) }

    /// Says something, or nothing, as the command line does.
    mutating func set(_ name: String, to value: (any Sendable)?) { given[name] = value }

    /// Forgets what was said of an option.
    mutating func remove(_ name: String) {
        given[name] = nil
        file = file.without(name)
    }
}
