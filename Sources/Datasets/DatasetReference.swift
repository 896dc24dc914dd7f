import Checkpoints
import Foundation

/// A data set as named on the command line: a path, which part of a folder, which samples.
struct DatasetReference: Equatable {
    /// The two halves of a folder of IDX files.
    enum Part: String, CaseIterable {
        case train
        case test

        var filePrefix: String { self == .train ? "train" : "t10k" }
    }

    let text: String
    let path: String
    let part: Part?
    /// Bounds of a half-open range of samples, as far as they were given.
    let lower: Int?
    let upper: Int?

    /// Takes `PATH`, `PATH[a:b]`, `DIR:train` or `DIR:test[a:b]` apart; either bound may be left out.
    init(_ text: String) throws(DatasetError) {
        self.text = text
        var path = text
        var bounds: (lower: Int?, upper: Int?) = (nil, nil)
        if text.hasSuffix("]"), let bracket = text.lastIndex(of: "[") {
            path = String(text[..<bracket])
            bounds = try Self.bounds(text[text.index(after: bracket)...].dropLast(), of: text)
        }
        lower = bounds.lower
        upper = bounds.upper
        var part: Part?
        if let colon = path.lastIndex(of: ":"), !FileManager.default.fileExists(atPath: path) {
            let name = String(path[path.index(after: colon)...])
            if let named = Part(rawValue: name) {
                part = named
                path = String(path[..<colon])
            } else if !name.contains("/"), !name.contains(".") {
                throw DatasetError(text, expected: ":train or :test", found: ":\(name)")
            }
        }
        self.part = part
        self.path = path
    }

    /// The samples meant, of `count` that there are.
    func range(of count: Int) throws(DatasetError) -> Range<Int> {
        guard count > 0 else { throw DatasetError(text, expected: "at least one sample", found: "none") }
        let lower = lower ?? 0
        let upper = upper ?? count
        guard lower < upper, upper <= count else {
            throw DatasetError(
                text,
                expected: "a range [a:b] with 0 ≤ a < b ≤ \(count), the number of samples",
                found: "[\(lower):\(upper)]"
            )
        }
        return lower..<upper
    }

    private static func bounds(
        _ range: Substring,
        of text: String
    ) throws(DatasetError) -> (lower: Int?, upper: Int?) {
        let failure = DatasetError(
            text,
            expected: "a range [a:b], [a:] or [:b] of whole numbers",
            found: "[\(String(range).abridged)]"
        )
        let ends = range.split(separator: ":", omittingEmptySubsequences: false)
        guard ends.count == 2 else { throw failure }
        var bounds: [Int?] = []
        for end in ends {
            let number = Int(end)
            guard end.isEmpty || (number != nil && end.allSatisfy(\.isWholeNumber)) else { throw failure }
            bounds.append(number)
        }
        return (bounds[0], bounds[1])
    }
}
