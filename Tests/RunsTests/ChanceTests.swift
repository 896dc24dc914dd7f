import Testing

@testable import Runs

/// Tails of the binomial distribution against sums of exact fractions (Python's `fractions` and `math.comb`).
@Suite struct ChanceTests {
    @Test(
        arguments: [
            (13, 50, 0.1, 0.0010046198617863302), (150, 1000, 0.1, 4.4894428594500086e-07),
            (1, 3, 0.5, 0.875), (20, 20, 0.5, 9.5367431640625e-07), (0, 7, 0.3, 1), (8, 7, 0.3, 0),
        ]
    ) func upperTails(correct: Int, count: Int, share: Double, expected: Double) {
        let found = Chance.atLeast(correct, of: count, share: share)
        #expect(abs(found - expected) <= 1e-10 * expected)
    }

    @Test func theTailsMeet() {
        let both =
            Chance.atMost(60, of: 200, share: 0.3) + Chance.atLeast(61, of: 200, share: 0.3)
        #expect(abs(both - 1) <= 1e-12)
    }

    /// z = (0.9 − 0.8)/√(2·0.85·0.15/n) is 3.719 at n = 352.7, where the tail is one in 10,000.
    @Test func twoSharesAreToldApartFrom353On() {
        #expect(!Chance.isLower(0.8, than: 0.9, count: 351))
        #expect(Chance.isLower(0.8, than: 0.9, count: 354))
        #expect(!Chance.isLower(1, than: 1, count: 1000))
    }
}
