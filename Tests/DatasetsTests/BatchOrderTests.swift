import Testing

@testable import Datasets

@Suite struct BatchOrderTests {
    @Test(arguments: [(10, 3, 4), (9, 3, 3), (1, 128, 1), (128, 128, 1), (129, 128, 2)])
    func anEpochVisitsEverySampleOnce(samples: Int, size: Int, batches: Int) {
        let order = BatchOrder(sampleCount: samples, batchSize: size, seed: 5)
        #expect(order.batchesPerEpoch == batches)
        let visited = (0..<batches).map { order.batch(epoch: 3, index: $0) }
        #expect(visited.dropLast().allSatisfy { $0.count == size })
        #expect(visited.last?.count == samples - (batches - 1) * size)
        #expect(visited.joined().sorted() == Array(0..<samples))
    }

    @Test func dependsOnSeedAndEpochAlone() {
        let order = BatchOrder(sampleCount: 1000, batchSize: 100, seed: 5)
        let again = BatchOrder(sampleCount: 1000, batchSize: 100, seed: 5)
        let finer = BatchOrder(sampleCount: 1000, batchSize: 50, seed: 5)
        let last = again.batch(epoch: 7, index: 9)
        #expect(order.batch(epoch: 0, index: 0) == again.batch(epoch: 0, index: 0))
        #expect(order.batch(epoch: 7, index: 9) == last)
        #expect(finer.batch(epoch: 7, index: 18) + finer.batch(epoch: 7, index: 19) == last)
        #expect(order.batch(epoch: 0, index: 0) != order.batch(epoch: 1, index: 0))
        let other = BatchOrder(sampleCount: 1000, batchSize: 100, seed: 6)
        #expect(order.batch(epoch: 0, index: 0) != other.batch(epoch: 0, index: 0))
    }
}
