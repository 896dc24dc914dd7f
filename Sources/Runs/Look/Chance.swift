import Foundation

/// How surprising a number of correct answers is.
enum Chance {
    /// What counts as no accident: one in 10,000.
    static let accident = 1e-4

    /// The probability of at least `correct` of `count` answers where each is right with probability `share`.
    static func atLeast(_ correct: Int, of count: Int, share: Double) -> Double {
        guard correct > 0 else { return 1 }
        guard correct <= count, share > 0 else { return 0 }
        guard share < 1 else { return 1 }
        return (correct...count).reduce(0.0) { $0 + probability($1, of: count, share) }
    }

    /// The same of at most `correct`.
    static func atMost(_ correct: Int, of count: Int, share: Double) -> Double {
        atLeast(count - correct, of: count, share: 1 - share)
    }

    /// Of exactly `correct`: the binomial distribution.
    private static func probability(_ correct: Int, of count: Int, _ share: Double) -> Double {
        let (n, k) = (Double(count), Double(correct))
        let ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        return exp(ways + k * log(share) + (n - k) * log1p(-share))
    }

    /// Whether the lower of two shares of the same `count` is lower by no accident: the normal test of two proportions.
    static func isLower(_ low: Double, than high: Double, count: Int) -> Bool {
        let mean = (low + high) / 2
        let deviation = (2 * mean * (1 - mean) / Double(max(count, 1))).squareRoot()
        guard deviation > 0 else { return low < high }
        return erfc((high - low) / deviation / 2.0.squareRoot()) / 2 < accident
    }
}
