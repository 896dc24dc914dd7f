import Foundation

/// Numbers as people read them: one way each, all over the page.
enum Numbers {
    /// A share as "89.42%".
    static func percent(_ share: Double, digits: Int = 2) -> String {
        share.isFinite ? fixed(100 * share, digits) + "%" : missing(share)
    }

    /// "+0.123" and "−0.123": the sign is what one looks for.
    static func signed(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return missing(value) }
        if abs(value) >= 1e4 { return (value < 0 ? "−" : "+") + short(abs(value)) }
        let text = fixed(abs(value), digits)
        // What rounds to zero has no sign.
        if !text.contains(where: { ("1"..."9").contains($0) }) { return text }
        return (value < 0 ? "−" : "+") + text
    }

    /// About four digits, whatever the size: "0.4231", "12.35", "1.2e−05".
    static func short(_ value: Double) -> String { short(value, digits: 4) }

    static func short(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return missing(value) }
        return String(format: "%.\(digits)g", value).replacingOccurrences(of: "-", with: "−")
    }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return missing(value) }
        return grouped(String(format: "%.\(digits)f", value))
    }

    static func count(_ value: Int) -> String { grouped("\(value)") }

    /// "0.42 s", "12.3 s", "5 min 12 s", "2 h 05 min".
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return missing(seconds) }
        if seconds < 0.9995 { return short(seconds * 1000) + " ms" }
        if seconds < 9.995 { return fixed(seconds, 2) + " s" }
        if seconds < 119.95 { return fixed(seconds, 1) + " s" }
        guard seconds < 1e9 else { return short(seconds) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 7200 { return "\(whole / 60) min \(padded(whole % 60)) s" }
        return "\(count(whole / 3600)) h \(padded(whole % 3600 / 60)) min"
    }

    static func mebibytes(_ value: Double) -> String {
        fixed(value, value < 99.95 ? 1 : 0) + " MiB"
    }

    /// A place in a picture: a tenth of a pixel is enough.
    static func coordinate(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() && abs(tenths) < 1e9 ? "\(Int(tenths))" : "\(tenths)"
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func missing(_ value: Double) -> String {
        value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞"
    }

    /// A comma after every three digits before the point, and a minus as wide as a plus.
    private static func grouped(_ text: String) -> String {
        let sign = text.hasPrefix("-") ? "−" : ""
        let digits = text.drop { $0 == "-" }
        let whole = digits.prefix { $0 != "." }
        var result = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return sign + result + digits.dropFirst(whole.count)
    }
}

extension [String] {
    /// Without the ending that all have in common, as ".safetensors".
    var withoutCommonExtension: [String] {
        guard let first, let point = first.lastIndex(of: "."), point > first.startIndex else { return self }
        let ending = first[point...]
        guard count > 1, !ending.contains("/"),
            allSatisfy({ $0.hasSuffix(ending) && $0.count > ending.count })
        else {
            return self
        }
        return map { String($0.dropLast(ending.count)) }
    }
}

extension String {
    /// At most `length` characters, the middle left out: the ends of names of files and tensors tell them apart.
    func elided(to length: Int) -> String {
        guard count > length else { return self }
        guard length > 2 else { return String(prefix(max(length, 0))) }
        let front = (length - 1) / 2
        return "\(prefix(front))…\(suffix(length - 1 - front))"
    }
}
