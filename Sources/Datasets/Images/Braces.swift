import Diagnostics

/// Braces in a path, as the shell and WebDataset write them: `{000..010}` for numbers, `{a,b}` for a choice.
enum Braces {
    private static let most = 1_000_000

    /// Every path that `pattern` stands for, in order; a pattern without braces is itself.
    static func expand(_ pattern: String) throws(DatasetError) -> [String] {
        guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") else {
            return [pattern]
        }
        let inside = String(pattern[pattern.index(after: open)..<close])
        let rest = try expand(String(pattern[pattern.index(after: close)...]))
        let choices = try choices(inside, of: pattern)
        let (count, overflow) = choices.count.multipliedReportingOverflow(by: rest.count)
        guard !overflow, count <= most else { throw tooMany(pattern) }
        let start = pattern[..<open]
        return choices.flatMap { choice in rest.map { "\(start)\(choice)\($0)" } }
    }

    private static func choices(_ inside: String, of pattern: String) throws(DatasetError) -> [String] {
        let ends = inside.components(partedBy: "..")
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, first <= last
        else {
            let words = inside.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard words.count > 1 else {
                throw DatasetError(
                    pattern,
                    expected: "{first..last} or {a,b} in braces",
                    found: "{\(inside.abridged)}"
                )
            }
            return words
        }
        guard last - first < most else { throw tooMany(pattern) }
        // Numbers are as wide as the first is written.
        return (first...last).map { number in
            let digits = String(number)
            return String(repeating: "0", count: max(ends[0].count - digits.count, 0)) + digits
        }
    }

    private static func tooMany(_ pattern: String) -> DatasetError {
        DatasetError(pattern, expected: "at most \(most) files", found: "more")
    }
}

extension String {
    fileprivate func components(partedBy mark: String) -> [String] {
        guard let range = firstRange(of: mark) else { return [self] }
        return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
    }
}
