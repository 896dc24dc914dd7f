/// A round of one rank of a group; what is not done is taken back with it.
final class MemoryRound: PostedRound {
    private let group: MemoryGroup
    private let rank: Int
    private let channel: Int
    private let leaving: [MemoryGroup.Message]
    private var arriving: [Incoming]

    init(_ round: ExchangeRound, on channel: Int, of rank: Int, _ group: MemoryGroup) {
        precondition(round.sends.allSatisfy { (0..<group.size).contains($0.to) })
        precondition(round.receives.allSatisfy { (0..<group.size).contains($0.from) })
        self.group = group
        self.rank = rank
        self.channel = channel
        arriving = round.receives
        leaving = group.locked {
            defer { group.condition.broadcast() }
            return round.sends.flatMap { group.post($0, from: rank, on: channel) }
        }
    }

    deinit { withdraw() }

    func withdraw() { group.locked { group.withdraw(leaving, from: rank, on: channel) } }

    func isDone() throws -> Bool { try group.locked(advance) }

    /// Returns when every message is done.
    func wait() throws {
        try group.locked {
            while try !advance() { group.condition.wait() }
        }
    }

    private func advance() throws -> Bool {
        let before = arriving.count
        arriving = try group.take(arriving, at: rank, on: channel)
        if arriving.count < before { group.condition.broadcast() }
        let untaken = leaving.filter { !$0.isTaken }
        if arriving.isEmpty, untaken.isEmpty { return true }
        try group.checkPresent(arriving.map(\.from) + untaken.map(\.to), for: rank)
        return false
    }
}
