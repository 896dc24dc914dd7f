import Randomness
import Testing

@Suite struct RandomStreamTests {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Undoes SplitMix64's mixing, so that a stream can be started in a given state.
    private func unmix(_ value: UInt64) -> UInt64 {
        func inverse(_ odd: UInt64) -> UInt64 {
            // Newton's iteration doubles the number of right bits.
            (0..<6).reduce(odd) { x, _ in x &* (2 &- odd &* x) }
        }
        func unshift(_ z: UInt64, _ bits: UInt64) -> UInt64 {
            (0..<3).reduce(z) { x, _ in z ^ (x >> bits) }
        }
        var z = unshift(value, 31)
        z = unshift(z &* inverse(0x94D0_49BB_1331_11EB), 27)
        return unshift(z &* inverse(0xBF58_476D_1CE4_E5B9), 30)
    }

    /// The outputs for state 1234567 that Rosetta Code's "Pseudo-random numbers/Splitmix64" gives.
    ///
    /// Our seed is stepped and mixed once before it becomes the state.
    @Test func isSplitMix64() {
        var stream = RandomStream(seed: unmix(1_234_567) &- Self.increment)
        let published: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(published.indices.map { _ in stream.next() } == published)
    }

    @Test(arguments: [0, 1, 2, 3, 1000])
    func permutationsArePermutations(count: Int) {
        var stream = RandomStream(seed: 3)
        for _ in 0..<20 { #expect(stream.permutation(of: count).sorted() == Array(0..<count)) }
    }

    /// Each of the 24 orders of four things within five standard deviations of its share.
    @Test func permutationsAreUniform() {
        var stream = RandomStream(seed: 11)
        var seen: [[Int]: Int] = [:]
        for _ in 0..<24_000 { seen[stream.permutation(of: 4), default: 0] += 1 }
        #expect(seen.count == 24)
        #expect(seen.values.allSatisfy { abs($0 - 1000) < 155 })
    }

    @Test func splitsDoNotDependOnWhatWasDrawn() {
        var drawn = RandomStream(seed: 9)
        let fresh = drawn
        for _ in 0..<100 { _ = drawn.next() }
        var (one, two) = (fresh.split("order", 4), fresh.split("order", 4))
        #expect(one.next() == two.next())
        var parent = fresh
        #expect(
            parent.next()
                == {
                    var same = RandomStream(seed: 9)
                    return same.next()
                }()
        )
        // Drawing moves the state that a split starts from: two purposes are told apart by name, not by time.
        var later = drawn.split("order", 4)
        #expect(later.next() != one.next())
    }

    /// No two of a thousand streams share an output among their first hundred.
    @Test func splitsAreIndependent() {
        let root = RandomStream(seed: 0)
        var outputs: Set<UInt64> = []
        for index in 0..<500 {
            for purpose in ["a", "b"] {
                var stream = root.split(purpose, index)
                for _ in 0..<100 { outputs.insert(stream.next()) }
            }
        }
        #expect(outputs.count == 100_000)
    }

    @Test func momentsAreTheDistributions() {
        var stream = RandomStream(seed: 21)
        let uniform = (0..<100_000).map { _ in stream.uniform() }
        #expect(uniform.allSatisfy { (0..<1).contains($0) })
        // Five standard errors: √(1/12/100000) and √(1/100000).
        #expect(abs(uniform.reduce(0, +) / 100_000 - 0.5) < 5 * 0.000913)
        let normal = (0..<100_000).map { _ in stream.normal() }
        #expect(abs(normal.reduce(0, +) / 100_000) < 5 * 0.00317)
        #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 100_000 - 1) < 5 * 0.00448)
        #expect((0..<10_000).allSatisfy { _ in abs(stream.truncatedNormal(deviation: 0.02)) <= 0.04 })
        #expect((0..<1000).allSatisfy { _ in (0..<7).contains(stream.index(below: 7)) })
    }
}
