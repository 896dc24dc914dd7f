import Foundation

/// Exchanges that go on while their ranks compute, one after the other in the order in which they were begun.
///
/// A thread of its own carries them out, and sleeps while messages are on their way. All ranks begin the same exchanges in
/// the same order; until those are finished, nobody exchanges anything else on the transport. What fails is thrown by
/// `finish` of the exchange and of all that come after it.
package final class ExchangeQueue: Sendable {
    private let work: QueueWork

    /// Starts no thread before there is something to exchange.
    package init(_ transport: any Transport) {
        work = QueueWork(transport)
    }

    deinit { work.end() }

    /// Begins an exchange of some rounds; the messages' memory must stay as it is until it is finished.
    ///
    /// * `then`: what is to be done with the messages once all are there, before the next exchange begins
    package func begin(_ rounds: [ExchangeRound], then: @escaping () -> Void = {}) -> PendingExchange {
        guard !rounds.allSatisfy(\.isEmpty) else {
            then()
            return PendingExchange(done: work.condition)
        }
        let exchange = PendingExchange(rounds, then, work.condition)
        work.add(exchange)
        return exchange
    }
}

/// An exchange that was begun.
package final class PendingExchange: @unchecked Sendable {
    fileprivate let rounds: [ExchangeRound]
    fileprivate let then: () -> Void
    private let condition: NSCondition
    private var outcome: Result<Void, any Error>?

    fileprivate init(_ rounds: [ExchangeRound], _ then: @escaping () -> Void, _ condition: NSCondition) {
        self.rounds = rounds
        self.then = then
        self.condition = condition
    }

    fileprivate init(done condition: NSCondition) {
        rounds = []
        then = {}
        self.condition = condition
        outcome = .success(())
    }

    package var isOver: Bool { condition.withLock { outcome != nil } }

    /// Returns when it is over, well or not.
    package func wait() {
        condition.withLock { while outcome == nil { condition.wait() } }
    }

    /// Returns when all messages are there, and what was to be done with them is done.
    package func finish() throws {
        wait()
        try condition.withLock { try outcome?.get() }
    }

    fileprivate func end(_ outcome: Result<Void, any Error>) {
        condition.withLock {
            self.outcome = outcome
            condition.broadcast()
        }
    }
}

/// What a queue and its thread share.
private final class QueueWork: @unchecked Sendable {
    let condition = NSCondition()
    private let transport: any Transport
    private var waiting: [PendingExchange] = []
    private var hasThread = false
    private var isOver = false

    init(_ transport: any Transport) {
        self.transport = transport
    }

    func add(_ exchange: PendingExchange) {
        condition.withLock {
            waiting.append(exchange)
            if !hasThread { Thread.detachNewThread { [self] in work() } }
            hasThread = true
            condition.broadcast()
        }
    }

    func end() {
        condition.withLock {
            isOver = true
            condition.broadcast()
        }
    }

    private func work() {
        var failure: (any Error)?
        while let exchange = next() {
            do {
                if let failure { throw failure }
                for round in exchange.rounds { try transport.exchange(round, inBackground: true) }
                exchange.then()
                exchange.end(.success(()))
            } catch {
                failure = error
                exchange.end(.failure(error))
            }
        }
    }

    private func next() -> PendingExchange? {
        condition.withLock {
            while waiting.isEmpty, !isOver { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }
}
