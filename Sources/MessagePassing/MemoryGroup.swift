import Foundation

/// What the ranks of a `MemoryTransport` group share; everything but `condition` itself is read and written under it.
final class MemoryGroup: @unchecked Sendable {
    /// A message that waits in its sender's buffer.
    final class Message {
        let bytes: UnsafeRawBufferPointer
        let to: Int
        let number: Int
        var isTaken = false

        /// Whether the bytes are this message's own, so that nobody waits until they are taken.
        private let isCopy: Bool

        init(bytes: UnsafeRawBufferPointer, to: Int, number: Int, isCopy: Bool = false) {
            self.to = to
            self.number = number
            self.isCopy = isCopy
            guard isCopy else {
                self.bytes = bytes
                return
            }
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
            copy.copyMemory(from: bytes)
            self.bytes = UnsafeRawBufferPointer(copy)
        }

        deinit {
            if isCopy { bytes.deallocate() }
        }
    }

    let size: Int
    let endsProcess: Bool
    let condition = NSCondition()
    var bytesSent: [Int]
    /// Why a rank takes part no more; nil while it does.
    var left: [String?]
    /// The rank that took the job down.
    var aborted: Int?
    /// Messages on the way, by sender × size + receiver.
    private var queues: [[Message]]
    /// By rank.
    private var numbers: [MessageNumbers]
    private let fault: MessageFault?

    init(size: Int, endsProcess: Bool, fault: MessageFault? = nil) {
        precondition(size > 0)
        self.size = size
        self.endsProcess = endsProcess
        bytesSent = Array(repeating: 0, count: size)
        left = Array(repeating: nil, count: size)
        queues = Array(repeating: [], count: size * size)
        numbers = Array(repeating: MessageNumbers(size: size), count: size)
        self.fault = fault
    }

    func locked<T>(_ body: () throws -> T) rethrows -> T {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    /// Puts a message on its way: one, unless it suffers a fault; returns what its sender waits for.
    func post(_ send: Outgoing, from rank: Int) -> [Message] {
        let number = numbers[rank].nextSent(to: send.to)
        if send.to != rank { bytesSent[rank] += send.bytes.count }
        // Of one rank alone: were all to lose one, all would wait, and none would notice.
        let suffered = MessageFault.apply(rank == 0 ? fault : nil, to: number, send.bytes)
        let messages = suffered.enumerated().map { index, bytes in
            Message(bytes: bytes, to: send.to, number: number, isCopy: index > 0)
        }
        queues[rank * size + send.to] += messages
        return Array(messages.prefix(1))
    }

    func withdraw(_ messages: [Message], from rank: Int) {
        for message in messages where !message.isTaken {
            queues[rank * size + message.to].removeAll { $0 === message }
        }
    }

    /// Fills the receives whose messages are there, in order for each sender, and returns the others.
    func take(_ receives: [Incoming], at rank: Int) throws -> [Incoming] {
        var open: [Incoming] = []
        for receive in receives {
            let queue = receive.from * size + rank
            guard let message = queues[queue].first, !open.contains(where: { $0.from == receive.from }) else {
                open.append(receive)
                continue
            }
            queues[queue].removeFirst()
            message.isTaken = true
            let expected = numbers[rank].nextReceived(from: receive.from)
            do {
                try MessageTag.check(number: message.number, expected: expected, from: receive.from, at: rank)
            } catch {
                condition.broadcast()
                throw error
            }
            guard message.bytes.count == receive.bytes.count else {
                condition.broadcast()
                throw MessagePassingError(
                    rank: rank,
                    peer: receive.from,
                    "expected a message of \(receive.bytes.count) bytes, found \(message.bytes.count)"
                )
            }
            receive.bytes.copyMemory(from: message.bytes)
        }
        return open
    }

    /// Throws where one of `peers` takes part no more, or where the job has been taken down.
    func checkPresent(_ peers: [Int], for rank: Int) throws {
        let gone = aborted ?? peers.first { left[$0] != nil }
        guard let gone, let reason = left[gone] else { return }
        throw MessagePassingError(rank: rank, peer: gone, "rank \(gone) \(reason)")
    }
}
