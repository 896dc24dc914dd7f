/// Counts the messages between this rank and each other one, so that one that is lost, doubled or out of its turn is
/// found.
struct MessageNumbers {
    private var sent: [Int]
    private var received: [Int]

    init(size: Int) {
        sent = Array(repeating: 0, count: size)
        received = Array(repeating: 0, count: size)
    }

    mutating func nextSent(to peer: Int) -> Int {
        defer { sent[peer] += 1 }
        return sent[peer]
    }

    mutating func nextReceived(from peer: Int) -> Int {
        defer { received[peer] += 1 }
        return received[peer]
    }
}

/// What travels with a message in MPI's tag: its number, of 14 bits, and whether more of it follows.
///
/// MPI promises tags up to 32767, not more.
struct MessageTag {
    let number: Int
    let isLast: Bool

    private static let numbers = 1 << 14

    var bits: Int32 { Int32(number % Self.numbers) << 1 | (isLast ? 0 : 1) }

    /// Throws where `found` is not this tag.
    func check(_ found: Int32, from peer: Int, at rank: Int) throws {
        try Self.check(number: Int(found >> 1), expected: number, from: peer, at: rank)
        guard found == bits else {
            throw MessagePassingError(
                rank: rank,
                peer: peer,
                "expected message \(number) \(isLast ? "to end" : "to go on") here: it has another length"
            )
        }
    }

    /// Throws where the number of a message, or its last 14 bits, is not what is due.
    static func check(number: Int, expected: Int, from peer: Int, at rank: Int) throws {
        guard number % numbers != expected % numbers else { return }
        // The number that is nearest to the one expected, of all that look like this.
        let ahead = (number - expected) & (numbers - 1)
        let found = expected + (ahead < numbers / 2 ? ahead : ahead - numbers)
        throw MessagePassingError(
            rank: rank,
            peer: peer,
            "expected message \(expected) of rank \(peer), found \(found): one was lost, doubled or out of its turn"
        )
    }
}

/// Damage to one message on its way, for tests of how it is noticed.
package struct MessageFault: Sendable {
    package enum Kind: String, Sendable {
        case drop
        case double
        case truncate
    }

    package let kind: Kind
    /// The message's number, of those that the rank sends to whomever.
    package let number: Int

    package init(_ kind: Kind, number: Int) {
        self.kind = kind
        self.number = number
    }

    /// What arrives of message `number`, `bytes`.
    static func apply(_ fault: MessageFault?, to number: Int, _ bytes: UnsafeRawBufferPointer)
        -> [UnsafeRawBufferPointer]
    {
        guard let fault, fault.number == number else { return [bytes] }
        switch fault.kind {
        case .drop: return []
        case .double: return [bytes, bytes]
        case .truncate: return [UnsafeRawBufferPointer(rebasing: bytes.dropLast())]
        }
    }
}
