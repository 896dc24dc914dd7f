import Foundation

/// Exchanges that go on while their ranks compute, ended in the order in which they were begun.
///
/// A thread of its own carries them out, some at once, so that a link has something to carry while ranks find out that
/// messages have come; it sleeps meanwhile. All ranks begin the same exchanges in the same order; until those are finished,
/// nobody exchanges anything else on the transport. What fails is thrown by `finish` of the exchange and of all that come
/// after it.
package final class ExchangeQueue: Sendable {
    private let work: QueueWork
    private let isAlone: Bool

    /// Starts no thread before there is something to exchange, and none for a rank alone.
    package init(_ transport: any Transport) {
        work = QueueWork(transport)
        isAlone = transport.size == 1
    }

    deinit { work.end() }

    /// Begins an exchange of some rounds; the messages' memory must stay as it is until it is finished.
    ///
    /// * `then`: what is to be done with the messages once all are there, after that of the exchanges before
    package func begin(_ rounds: [ExchangeRound], then: @escaping () -> Void = {}) -> PendingExchange {
        let exchange = PendingExchange(rounds, then, work.condition)
        if isAlone {
            then()
            exchange.end(.success(()))
        } else {
            work.add(exchange)
        }
        return exchange
    }
}

/// An exchange that was begun.
package final class PendingExchange: @unchecked Sendable {
    /// Each begins when the one before it is done.
    fileprivate let rounds: [ExchangeRound]
    fileprivate let then: () -> Void
    private let condition: NSCondition
    private var outcome: Result<Void, any Error>?

    fileprivate init(_ rounds: [ExchangeRound], _ then: @escaping () -> Void, _ condition: NSCondition) {
        self.rounds = rounds
        self.then = then
        self.condition = condition
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
    /// Exchanges that are in flight or were.
    private var begun = 0

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
        var inFlight: [ExchangeInFlight] = []
        var failure: (any Error)?
        while true {
            while inFlight.count < transportChannels, let exchange = next(waits: inFlight.isEmpty) {
                inFlight.append(ExchangeInFlight(exchange, on: begun % transportChannels))
                begun += 1
            }
            guard !inFlight.isEmpty else { return }
            var hasMoved = false
            do {
                if let failure { throw failure }
                for exchange in inFlight where try exchange.advance(transport) { hasMoved = true }
                while let first = inFlight.first, first.isDone {
                    first.exchange.then()
                    first.exchange.end(.success(()))
                    inFlight.removeFirst()
                }
            } catch {
                failure = error
                for exchange in inFlight { exchange.exchange.end(.failure(error)) }
                inFlight = []
            }
            if !hasMoved, !inFlight.isEmpty { Pause.sleep() }
        }
    }

    /// * `waits`: for one to be begun; nil where none ever will
    private func next(waits: Bool) -> PendingExchange? {
        condition.withLock {
            while waits, waiting.isEmpty, !isOver { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }
}

/// An exchange whose rounds are being carried out.
private final class ExchangeInFlight {
    let exchange: PendingExchange
    private let channel: Int
    private var rounds: ArraySlice<ExchangeRound>
    private var posted: (any PostedRound)?

    init(_ exchange: PendingExchange, on channel: Int) {
        self.exchange = exchange
        self.channel = channel
        rounds = exchange.rounds[...]
    }

    var isDone: Bool { posted == nil && rounds.isEmpty }

    /// Drives its messages on; returns whether a round was done or begun.
    func advance(_ transport: any Transport) throws -> Bool {
        var hasMoved = false
        while !isDone {
            if let posted {
                guard try posted.isDone() else { return hasMoved }
                self.posted = nil
            } else if let round = rounds.popFirst(), !round.isEmpty {
                posted = try transport.post(round, on: channel)
            }
            hasMoved = true
        }
        return hasMoved
    }
}
