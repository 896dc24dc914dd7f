import Foundation

/// Where threads wait until all that are expected are there: proof that they run at once, on any machine.
final class Meeting: @unchecked Sendable {
    private let condition = NSCondition()
    private let expected: Int
    private var arrived: Set<pthread_t> = []

    init(expected: Int) {
        self.expected = expected
    }

    /// Waits the first time that a thread comes, and no longer than half a minute for the others.
    func attend() {
        condition.lock()
        defer { condition.unlock() }
        guard arrived.insert(pthread_self()).inserted else { return }
        condition.broadcast()
        let end = Date(timeIntervalSinceNow: 30)
        while arrived.count < expected, condition.wait(until: end) {}
    }

    /// Whether as many came as were expected.
    var isComplete: Bool { condition.withLock { arrived.count == expected } }
}
