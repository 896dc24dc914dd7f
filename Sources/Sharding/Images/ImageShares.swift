import Datasets
import Graphs

/// Which rank decodes and keeps which images of a data set: each a run of samples, as evaluation deals them out.
package struct ImageShares {
    let count: Int
    let ranks: Int

    package init(count: Int, ranks: Int) {
        self.count = count
        self.ranks = ranks
    }

    package func samples(of rank: Int) -> Range<Int> { bound(rank)..<bound(rank + 1) }

    func owner(of sample: Int) -> Int {
        precondition((0..<count).contains(sample))
        // The guess is one too low at most, for bounds are rounded down.
        let guess = Int(Double(sample) / Double(count) * Double(ranks))
        var rank = min(max(guess, 0), ranks - 1)
        while sample >= bound(rank + 1) { rank += 1 }
        while sample < bound(rank) { rank -= 1 }
        return rank
    }

    private func bound(_ rank: Int) -> Int {
        // In two steps, for the product of two large counts could overflow.
        count / ranks * rank + count % ranks * rank / ranks
    }
}
