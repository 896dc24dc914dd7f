import Runs
import Tensors

/// What an option's values may be, as they are read, checked and recorded.
struct OptionForm<Raw: OptionRaw, Value>: Sendable {
    /// Throws an `OptionError` that names the option.
    let read: @Sendable (_ raw: Raw, _ name: String) throws -> Value
    let text: @Sendable (Value) -> String
    var isPlace = false
}

extension OptionForm where Raw == Int, Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        Self(read: { try Options.integer($0, $1, in: range) }, text: { "\($0)" })
    }

    /// Numbers of images, steps or passes.
    static var many: Self { integer(1...1_000_000_000) }
}

extension OptionForm where Raw == UInt64, Value == UInt64 {
    static var seed: Self { Self(read: { value, _ in value }, text: { "\($0)" }) }
}

extension OptionForm where Raw == Double, Value == Double {
    /// From 0 up.
    static func number(upTo top: Double = .greatestFiniteMagnitude) -> Self {
        Self(read: { try Options.number($0, $1, in: 0...top) }, text: { "\($0)" })
    }

    /// Seconds of silence after which a rank counts as lost: shorter than a second, no rank would be sure of its life.
    static var silence: Self {
        Self(
            read: { value, name in
                guard value == 0 || (1...1e6).contains(value) else {
                    throw OptionError(
                        option: "--\(name)",
                        expected: "0, or 1.0 to 1000000.0 seconds",
                        found: "\(value)"
                    )
                }
                return value
            },
            text: { "\($0)" }
        )
    }
}

extension OptionForm
where Raw == String, Value: RawRepresentable & CaseIterable & SendableMetatype, Value.RawValue == String {
    /// One of the names of an enumeration.
    static var choice: Self { Self(read: { try Options.choice($0, $1) }, text: { $0.rawValue }) }
}

extension OptionForm where Raw == String, Value == String {
    /// Paths, globs, and names of data sets, which begin with a path.
    static var place: Self { Self(read: { value, _ in value }, text: { $0 }, isPlace: true) }
}

extension OptionForm where Raw == String, Value == NamePattern {
    static var pattern: Self { Self(read: { value, _ in NamePattern(value) }, text: { $0.description }) }
}

extension OptionForm where Raw == String, Value == SaveInterval {
    /// Seconds, or steps as in "100steps".
    static var interval: Self {
        Self(
            read: { text, name in
                if text.hasSuffix("steps"), let steps = Int(text.dropLast("steps".count)), steps > 0 {
                    return .steps(steps)
                }
                if let seconds = Double(text), seconds.isFinite, seconds >= 0 { return .seconds(seconds) }
                throw OptionError(
                    option: "--\(name)",
                    expected: "seconds, or a number of steps as in 100steps",
                    found: "\"\(text)\""
                )
            },
            text: { interval in
                switch interval {
                case .seconds(let seconds): "\(seconds)"
                case .steps(let steps): "\(steps)steps"
                }
            }
        )
    }
}

extension OptionForm where Raw == CommaSeparated {
    /// Different items, separated by commas.
    static func items<Item>(
        _ read: @escaping @Sendable (_ item: String, _ name: String) throws -> Item,
        text: @escaping @Sendable (Item) -> String
    ) -> Self where Value == [Item] {
        Self(
            read: { list, name in
                let items = list.description.split(separator: ",", omittingEmptySubsequences: false)
                    .map(String.init)
                guard !items.contains(""), Set(items).count == items.count else {
                    throw OptionError(
                        option: "--\(name)",
                        expected: "different ones, separated by commas",
                        found: "\"\(list)\""
                    )
                }
                return try items.map { try read($0, name) }
            },
            text: { $0.map(text).joined(separator: ",") }
        )
    }
}

extension OptionForm where Raw == CommaSeparated, Value == [UInt64] {
    static var seeds: Self {
        items(
            { text, name in
                guard let seed = UInt64(text) else {
                    throw OptionError(option: "--\(name)", expected: "whole numbers", found: "\"\(text)\"")
                }
                return seed
            },
            text: { "\($0)" }
        )
    }
}
