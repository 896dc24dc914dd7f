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

    static func choice<T: RawRepresentable & CaseIterable>(_ value: String, _ name: String) throws -> T
    where T.RawValue == String {
        guard let choice = T(rawValue: value) else {
            let names = T.allCases.map(\.rawValue).joined(separator: ", ")
            throw OptionError(option: "--\(name)", expected: "one of \(names)", found: "\"\(value)\"")
        }
        return choice
    }
}
