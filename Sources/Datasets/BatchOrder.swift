import Randomness
import Synchronization

/// The order in which samples are visited: a fresh permutation per epoch.
///
/// It depends on the seed alone, so any number of ranks sees the same batches in the same order.
package final class BatchOrder: Sendable {
    package let sampleCount: Int
    package let batchSize: Int
    private let stream: RandomStream
    /// The permutation of the epoch asked for last.
    private let latest = Mutex<(epoch: Int, order: [Int])?>(nil)

    /// * `fold`: each has an order of its own
    package init(sampleCount: Int, batchSize: Int, seed: UInt64, fold: Int = 0) {
        precondition(sampleCount > 0 && batchSize > 0)
        self.sampleCount = sampleCount
        self.batchSize = batchSize
        let stream = RandomStream(seed: seed)
        self.stream = fold == 0 ? stream : stream.split("fold", fold)
    }

    /// The last batch of an epoch may be smaller than the others.
    package var batchesPerEpoch: Int { (sampleCount - 1) / batchSize + 1 }

    /// The samples of one batch, in order.
    package func batch(epoch: Int, index: Int) -> [Int] {
        precondition(epoch >= 0 && index >= 0 && index < batchesPerEpoch)
        let start = index * batchSize
        return Array(order(of: epoch)[start..<start + min(batchSize, sampleCount - start)])
    }

    private func order(of epoch: Int) -> [Int] {
        latest.withLock { latest in
            if let latest, latest.epoch == epoch { return latest.order }
            var stream = stream.split("data order", epoch)
            let order = stream.permutation(of: sampleCount)
            latest = (epoch, order)
            return order
        }
    }
}
