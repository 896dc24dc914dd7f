import Testing

@testable import Sharding

/// Which rank decodes which images.
@Suite struct ImageSharesTests {
    @Test func sharesCoverEverySampleOnce() {
        for (count, ranks) in [(1, 1), (1, 5), (10, 3), (320, 7), (1000, 64), (7, 8)] {
            let shares = ImageShares(count: count, ranks: ranks)
            let all = (0..<ranks).flatMap { Array(shares.samples(of: $0)) }
            #expect(all == Array(0..<count))
            for rank in 0..<ranks {
                for sample in shares.samples(of: rank) { #expect(shares.owner(of: sample) == rank) }
            }
        }
    }
}
