import Soups
import Tensors
import Testing

@testable import Sharding

/// Numbers per chunk, added up per column by ranks that hold some of the chunks each.
struct ChunkTreesTests {
    /// Parameters of 1 to 40 chunks, and one of less than a chunk.
    private static let layout = ParameterLayout(
        [1, 7, 40, 2, 16, 0, 33].enumerated().map { index, chunks in
            (
                name: "p\(index)", shape: [max(chunks * ParameterLayout.chunkLength - 5, 3)],
                layer: "layer"
            )
        }
    )
    private static let width = 3
    /// Of very different sizes, so that another order of adding gives other bits.
    private static let values: [Double] = {
        var state: UInt64 = 9
        return (0..<layout.chunks.count * width).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let fraction = Double(state >> 11) / Double(1 << 53) - 0.5
            return fraction * (state & 1 == 0 ? 1e9 : 1)
        }
    }()

    private static func trees(
        _ ranks: Int,
        _ column: [Int],
        buckets: Int = 1
    ) -> (ChunkTrees, [[Double]]) {
        let shares = ParameterShares(layout, ranks: ranks, bucketLength: layout.count / buckets)
        let trees = ChunkTrees(layout, shares, columns: 4, column: column)
        let sums = (0..<ranks).map { rank in
            let own = shares.slice(of: rank).flatMap { run in
                values[run.chunks.lowerBound * width..<run.chunks.upperBound * width]
            }
            return trees.sums(own, width: width, rank: rank)
        }
        return (trees, sums)
    }

    /// In buckets or in one.
    ///
    /// Columns 0 to 2 of neighbouring and of scattered parameters; column 3 has none.
    @Test(arguments: [[0, 0, 0, 1, 1, 2, 2], [0, 1, 2, 0, 1, 2, 0], [0, 0, 0, 0, 0, 0, 0]])
    func sumsAreTheSameBitsOnAnyRanks(column: [Int]) {
        let (alone, sums) = Self.trees(1, column)
        let expected = alone.total(sums, width: Self.width)
        for quantity in 0..<Self.width {
            for group in 0..<4 {
                let plain = Self.layout.chunks.enumerated().filter { column[$1.parameter] == group }
                    .map { Self.values[$0.offset * Self.width + quantity] }
                let total = plain.reduce(0, +)
                #expect(abs(expected[quantity, group] - total) <= 1e-12 * plain.reduce(0) { $0 + abs($1) })
            }
        }
        for (ranks, buckets) in [
            (1, 4), (2, 1), (2, 7), (3, 2), (3, 5), (5, 3), (8, 1), (8, 4), (64, 2), (200, 1),
        ] {
            let (trees, sums) = Self.trees(ranks, column, buckets: buckets)
            #expect(trees.total(sums, width: Self.width) == expected)
            let parts = (0..<ranks).map { trees.part(sums[$0], width: Self.width, rank: $0) }
            for (index, value) in expected.values.enumerated() {
                #expect(abs(parts.map { $0.values[index] }.reduce(0, +) - value) <= 1e-3)
            }
        }
    }

    /// A rank sends 2·⌈log₂ n⌉ numbers for a column of n chunks at most, and one for a column that is all its own.
    @Test func ranksSendFewNumbers() {
        let column = [0, 0, 0, 0, 0, 0, 0]
        let (alone, _) = Self.trees(1, column)
        #expect(alone.count(0) == 1)
        let (trees, sums) = Self.trees(8, column)
        let inBuckets = Self.trees(1, column, buckets: 5).0
        #expect(inBuckets.count(0) == 1)
        let depth = 7  // of 100 chunks
        for rank in 0..<8 {
            #expect((1...2 * depth).contains(trees.count(rank)))
            #expect(sums[rank].count == trees.count(rank) * Self.width)
        }
    }
}
