import Foundation

/// Numbers as people read them.
enum Statistics {
    /// An accuracy in percent with its 95% interval (Wilson 1927), as "89.12% (88.49–89.72)".
    static func interval(_ share: Double, count: Int) -> String {
        let (low, high) = bounds(share, count: count)
        return "\(fixed(100 * share, 2))% (\(fixed(100 * low, 2))–\(fixed(100 * high, 2)))"
    }

    /// The 95% interval of a share that was found on `count` samples.
    static func bounds(_ share: Double, count: Int) -> (low: Double, high: Double) {
        let z = 1.959963984540054
        let n = Double(max(count, 1))
        let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return (max(0, centre - half), min(1, centre + half))
    }
}

func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
