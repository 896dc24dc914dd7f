import Coordination

/// Checks of option values, each an `OptionError` that names the option.
enum Options {
    static func integer(_ value: Int, _ name: String, in range: ClosedRange<Int>) throws -> Int {
        guard range.contains(value) else {
            let top = range.upperBound == .max ? "" : " and at most \(range.upperBound)"
            throw OptionError(
                option: "--\(name)",
                expected: "a whole number of at least \(range.lowerBound)\(top)",
                found: "\(value)"
            )
        }
        return value
    }

    static func number(_ value: Double, _ name: String, in range: ClosedRange<Double>) throws -> Double {
        guard value.isFinite, range.contains(value) else {
            let top = range.upperBound < .greatestFiniteMagnitude ? " to \(range.upperBound)" : " or more"
            throw OptionError(option: "--\(name)", expected: "\(range.lowerBound)\(top)", found: "\(value)")
        }
        return value
    }

    /// Seconds of silence after which a rank counts as lost: shorter than a second, no rank would be sure of its life.
    static func timeout(_ value: Double?) throws -> Double {
        let value = value ?? RunOptions.defaultTimeout
        guard value == 0 || (1...1e6).contains(value) else {
            throw OptionError(
                option: "--timeout",
                expected: "0, or 1.0 to 1000000.0 seconds",
                found: "\(value)"
            )
        }
        return value
    }

    static func choice<T: RawRepresentable & CaseIterable>(_ value: String, _ name: String) throws -> T
    where T.RawValue == String {
        guard let choice = T(rawValue: value) else {
            let names = T.allCases.map(\.rawValue).joined(separator: ", ")
            throw OptionError(option: "--\(name)", expected: "one of \(names)", found: "\"\(value)\"")
        }
        return choice
    }

    static func required<T>(_ value: T?, _ name: String, _ expected: String) throws -> T {
        guard let value else { throw OptionError(option: "--\(name)", expected: expected, found: "nothing") }
        return value
    }

    /// Seconds, or steps as in "100steps".
    static func interval(_ text: String?, _ name: String) throws -> SaveInterval {
        guard let text else { return .seconds(600) }
        if text.hasSuffix("steps"), let steps = Int(text.dropLast("steps".count)), steps > 0 {
            return .steps(steps)
        }
        if let seconds = Double(text), seconds.isFinite, seconds >= 0 { return .seconds(seconds) }
        throw OptionError(
            option: "--\(name)",
            expected: "seconds, or a number of steps as in 100steps",
            found: "\"\(text)\""
        )
    }

    // How the command line reads numbers, so that it says what it wanted where there is none.

    static func wholeNumber(_ text: String) throws -> Int {
        guard let value = Int(text) else { throw Unreadable(description: "expected a whole number") }
        return value
    }

    static func seed(_ text: String) throws -> UInt64 {
        guard let value = UInt64(text) else {
            throw Unreadable(description: "expected a whole number from 0 to \(UInt64.max)")
        }
        return value
    }

    static func number(_ text: String) throws -> Double {
        guard let value = Double(text) else { throw Unreadable(description: "expected a number") }
        return value
    }

    /// The end of ArgumentParser's own sentence, which names option and value.
    private struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }
}
