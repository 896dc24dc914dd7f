import Datasets
import Foundation

/// The values of one JSON object, taken by name and type.
struct DescriptionFields {
    let path: String
    let prefix: String
    let values: [String: Any]

    func missing(_ name: String, _ expected: String) -> ModelError {
        ModelError(file: path, subject: prefix + name, expected: expected, found: "nothing")
    }

    func object(_ name: String) throws(ModelError) -> DescriptionFields {
        let value = values[name] ?? [String: Any]()
        guard let object = value as? [String: Any] else { throw wrong(name, "an object") }
        return DescriptionFields(path: path, prefix: "\(prefix)\(name).", values: object)
    }

    func has(_ name: String) -> Bool { present(name) != nil }

    func strings(_ name: String) throws(ModelError) -> [String]? {
        guard let value = present(name) else { return nil }
        guard let list = value as? [String] else { throw wrong(name, "a list of strings") }
        return list
    }

    /// Names of classes by their numbers: a list, or an object whose keys are numbers.
    func names(_ name: String) throws(ModelError) -> [String: String]? {
        guard let value = present(name) else { return nil }
        if let names = value as? [String: String] { return names }
        guard let list = value as? [String] else { throw wrong(name, "names by number") }
        return Dictionary(uniqueKeysWithValues: list.enumerated().map { ("\($0)", $1) })
    }

    /// Names of classes; nil where one has no number.
    func classNames(_ name: String) throws(ModelError) -> ClassNames? {
        guard let names = try names(name) else { return nil }
        var numbered: [Int: String] = [:]
        for (key, name) in names {
            guard let index = Int(key) else { return nil }
            numbered[index] = name
        }
        return ClassNames(numbered)
    }

    func string(_ name: String) throws(ModelError) -> String? {
        guard let value = present(name) else { return nil }
        guard let string = value as? String else { throw wrong(name, "a string") }
        return string
    }

    func integer(_ name: String) throws(ModelError) -> Int? {
        guard let value = present(name) else { return nil }
        return try integer(value, name)
    }

    func number(_ name: String) throws(ModelError) -> Double? {
        guard let value = present(name) else { return nil }
        guard let number = value as? NSNumber, !isBoolean(number), number.doubleValue.isFinite else {
            throw wrong(name, "a number")
        }
        return number.doubleValue
    }

    func boolean(_ name: String) throws(ModelError) -> Bool? {
        guard let value = present(name) else { return nil }
        guard let number = value as? NSNumber, isBoolean(number) else { throw wrong(name, "true or false") }
        return number.boolValue
    }

    func integers(_ name: String, count: Int) throws(ModelError) -> [Int]? {
        guard let value = present(name) else { return nil }
        guard let list = value as? [Any], list.count == count else {
            throw wrong(name, "\(count) whole numbers")
        }
        return try list.map { (item) throws(ModelError) in try integer(item, name) }
    }

    /// A height and a width, or one number for both.
    func sizes(_ name: String) throws(ModelError) -> [Int]? {
        guard let value = present(name) else { return nil }
        if value is [Any] { return try integers(name, count: 2) }
        let size = try integer(value, name)
        return [size, size]
    }

    func numbers(_ name: String) throws(ModelError) -> [Float]? {
        guard let value = present(name) else { return nil }
        guard let list = value as? [NSNumber], list.allSatisfy({ !isBoolean($0) && $0.floatValue.isFinite })
        else {
            throw wrong(name, "a list of numbers")
        }
        return list.map(\.floatValue)
    }

    /// Every value by name, but for `read`.
    func others(than read: Set<String>) -> [String: ModelArgument] {
        var others: [String: ModelArgument] = [:]
        for (name, value) in values where !read.contains(name) {
            if value is NSNull { continue }
            if let text = value as? String {
                others[name] = .text(text)
            } else if let number = value as? NSNumber {
                others[name] = isBoolean(number) ? .boolean(number.boolValue) : .number(number.doubleValue)
            } else {
                others[name] = .other(shown(value))
            }
        }
        return others
    }

    private func present(_ name: String) -> Any? {
        values[name].flatMap { $0 is NSNull ? nil : $0 }
    }

    private func integer(_ value: Any, _ name: String) throws(ModelError) -> Int {
        guard let number = value as? NSNumber, !isBoolean(number),
            let whole = Int(exactly: number.doubleValue),
            (0...1_000_000_000).contains(whole)
        else { throw wrong(name, "a whole number") }
        return whole
    }

    private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

    func wrong(_ name: String, _ expected: String) -> ModelError {
        ModelError(
            file: path,
            subject: prefix + name,
            expected: expected,
            found: values[name].map(shown) ?? "nothing"
        )
    }

    private func shown(_ value: Any) -> String {
        if let number = value as? NSNumber, isBoolean(number) { return "\(number.boolValue)" }
        return String("\(value)".replacingOccurrences(of: "\n", with: " ").prefix(60))
    }
}
