import Randomness
import Testing

@testable import Datasets

@Suite struct HeldOutSplitTests {
    private func expectSplit(_ split: HeldOutSplit, of count: Int, _ comment: Comment? = nil) {
        #expect(split.learning == split.learning.sorted(), comment)
        #expect(split.monitor == split.monitor.sorted(), comment)
        #expect((split.learning + split.monitor).sorted() == Array(0..<count), comment)
    }

    /// share·count rounded, at least 1 and at most count − 1.
    @Test(arguments: [
        (5000, 0.2, 1000), (5, 0.2, 1), (4, 0.2, 1), (7, 0.5, 4), (7, 0.49, 3), (2, 1e-9, 1), (2, 0.999, 1),
        (3, 0.999, 2), (100, 0.29, 29), (10, 0.7, 7), (10, 0.3, 3), (1_000, 1e-300, 1),
    ])
    func monitorHasItsShare(count: Int, share: Double, monitor: Int) throws {
        let split = try #require(HeldOutSplit(count: count, monitorShare: share, seed: 3))
        expectSplit(split, of: count)
        #expect(split.monitor.count == monitor)
    }

    @Test(arguments: [1, 2, 9]) func withoutAShareAllIsLearnedOn(count: Int) {
        #expect(HeldOutSplit(count: count, monitorShare: 0, seed: 3)?.learning == Array(0..<count))
        #expect(HeldOutSplit(count: count, monitorShare: 0, seed: 3)?.monitor == [])
        #expect(HeldOutSplit(count: count, monitorShare: -0.0, seed: 3)?.monitor == [])
    }

    @Test(arguments: [
        (1, 0.2), (0, 0), (0, 0.5), (-4, 0.5), (9, 1), (9, 1.5), (9, -0.1), (9, .nan), (9, .infinity),
        (9, -.infinity),
    ])
    func impossibleSplitsAreNone(count: Int, share: Double) {
        #expect(HeldOutSplit(count: count, monitorShare: share, seed: 3) == nil)
        let labels = [Int32](repeating: 2, count: max(count, 0))
        #expect(HeldOutSplit(labels: labels, monitorShare: share, seed: 3) == nil)
    }

    /// 2.4, 1.2 and 0.4 of classes of 12, 6 and 2: four of twenty, so 2, 1, 0 and one more to the first of the greatest
    /// remainders, where the first class and the last are level.
    @Test func remaindersGoToTheGreatest() throws {
        let labels = [7, 3, 5].flatMap { label in
            [Int32](repeating: label, count: [7: 12, 3: 6, 5: 2][label] ?? 0)
        }
        let split = try #require(HeldOutSplit(labels: labels, monitorShare: 0.2, seed: 1))
        expectSplit(split, of: 20)
        let perClass = split.monitor.reduce(into: [Int32: Int]()) { $0[labels[$1], default: 0] += 1 }
        #expect(perClass[3] == 1)
        #expect((perClass[7] ?? 0) + (perClass[5] ?? 0) == 3)
        #expect((perClass[7] ?? 0) >= 2)
    }

    @Test(arguments: [0.01, 0.1, 0.2, 1.0 / 3, 0.5, 0.77, 0.99]) func everyClassHasItsShareWithinOne(
        share: Double
    ) throws {
        var stream = RandomStream(seed: 6)
        for count in [2, 3, 17, 400] {
            // Uneven classes, mixed, with gaps between the labels.
            let labels = (0..<count).map { _ in Int32(3 * stream.index(below: 1 + stream.index(below: 12))) }
            let split = try #require(HeldOutSplit(labels: labels, monitorShare: share, seed: 9))
            expectSplit(split, of: count)
            let wanted = min(max((share * Double(count)).rounded(), 1), Double(count - 1))
            #expect(Double(split.monitor.count) == wanted)
            for label in Set(labels) {
                let all = Double(labels.filter { $0 == label }.count)
                let found = Double(split.monitor.filter { labels[$0] == label }.count)
                #expect(abs(found - share * all) < 1, "\(found) of \(all)")
            }
        }
    }

    @Test func dependsOnTheSeedAlone() throws {
        let labels = (0..<1000).map { Int32($0 % 10) }
        let splits = [1, 1, 2].map { HeldOutSplit(labels: labels, monitorShare: 0.2, seed: $0) }
        #expect(splits[0] == splits[1])
        #expect(splits[0] != splits[2])
    }

    /// Over many seeds every sample is in the monitor about its share of the times (five standard deviations).
    @Test func everySampleMayBeChosen() throws {
        var times = [Int](repeating: 0, count: 20)
        for seed in 0..<2000 {
            let split = try #require(HeldOutSplit(count: 20, monitorShare: 0.25, seed: UInt64(seed)))
            for sample in split.monitor { times[sample] += 1 }
        }
        let deviation = (2000 * 0.25 * 0.75).squareRoot()
        for count in times { #expect(abs(Double(count) - 500) <= 5 * deviation) }
    }
}
