import Testing

@testable import Coordination

/// Which images measure statistics.
@Suite struct StatisticsMeterTests {
    @Test(arguments: [1, 63, 64, 65, 150, 2048, 2049, 50_000]) func batchesAreEvenAndDrawn(count: Int) {
        let batches = StatisticsMeter.batches(of: count)
        let samples = Array(batches.joined())
        #expect(samples.count == min(count, 2048) && Set(samples).count == samples.count)
        #expect(samples.allSatisfy { (0..<count).contains($0) })
        let sizes = batches.map(\.count)
        #expect((sizes.max() ?? 0) <= 64 && (sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        // From all of them: of classes that lie one after another a batch sees all.
        let quarters = batches.map { batch in Set(batch.map { $0 * 4 / count }).count }
        #expect(count < 64 || quarters.allSatisfy { $0 == 4 })
    }
}
