import Foundation
import Synchronization
import Testing

@testable import Kernels

@Suite struct ParallelTests {
    /// As many threads as are asked for, on a machine of any size: each holds its item until all have one.
    @Test(arguments: [2, 3, 8, 33]) func threadsRunAtOnce(threads: Int) {
        let condition = NSCondition()
        let holders = Mutex<Set<pthread_t>>([])
        let end = Date(timeIntervalSinceNow: 30)
        concurrently(threads: threads, items: threads) { _ in
            condition.withLock {
                holders.withLock { _ = $0.insert(pthread_self()) }
                condition.broadcast()
                while holders.withLock({ $0.count }) < threads, condition.wait(until: end) {}
            }
        }
        #expect(holders.withLock { $0.count } == threads)
    }

    @Test(arguments: [(1, 5), (3, 0), (3, 1), (4, 1000), (1000, 4)]) func everyItemIsDoneOnce(
        threads: Int,
        items: Int
    ) {
        let done = Mutex([Int](repeating: 0, count: items))
        let workers = Mutex<Set<pthread_t>>([])
        concurrently(threads: threads, items: items) { item in
            done.withLock { $0[item] += 1 }
            workers.withLock { _ = $0.insert(pthread_self()) }
        }
        #expect(done.withLock { $0 } == [Int](repeating: 1, count: items))
        #expect(workers.withLock { $0.count } <= max(1, min(threads, items)))
    }
}
