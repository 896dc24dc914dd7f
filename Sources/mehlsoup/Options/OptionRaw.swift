/// What the words of a command line and the scalars of a file are read as, before any limits.
protocol OptionRaw: LosslessStringConvertible, Sendable {
    static var kind: String { get }
    /// Whether the word after the option's name is its value even where it begins with a dash, as numbers may.
    static var takesDashes: Bool { get }

    /// Reads a word of the command line, and says what it wanted where it cannot.
    static func parse(_ word: String) throws -> Self
    static func find(_ name: String, in file: ConfigurationFile) throws -> Self?
}

extension OptionRaw {
    static var takesDashes: Bool { true }

    static func parse(_ word: String) throws -> Self {
        guard let value = Self(word) else { throw UnreadableWord(description: "expected \(kind)") }
        return value
    }

    static func find(_ name: String, in file: ConfigurationFile) throws -> Self? { try file.value(name) }
}

/// The end of ArgumentParser's own sentence, which names option and value.
private struct UnreadableWord: Error, CustomStringConvertible {
    let description: String
}

extension Bool: OptionRaw {
    static var kind: String { "true or false" }
}

extension Int: OptionRaw {
    static var kind: String { "a whole number" }
}

extension UInt64: OptionRaw {
    static var kind: String { "a whole number" }

    static func parse(_ word: String) throws -> UInt64 {
        guard let value = UInt64(word) else {
            throw UnreadableWord(description: "expected a whole number from 0 to \(UInt64.max)")
        }
        return value
    }
}

extension Double: OptionRaw {
    static var kind: String { "a number" }
}

extension String: OptionRaw {
    static var kind: String { "a text" }
    static var takesDashes: Bool { false }
}

/// Items separated by commas; in a file, a list does as well.
struct CommaSeparated: OptionRaw {
    let description: String

    init(_ text: String) { description = text }

    static var kind: String { String.kind }
    static var takesDashes: Bool { false }

    static func find(_ name: String, in file: ConfigurationFile) throws -> CommaSeparated? {
        try file.list(name).map { CommaSeparated($0.joined(separator: ",")) }
    }
}
