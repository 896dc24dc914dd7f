import Foundation

/// Messages between threads of one process, each of which plays one rank; or the only rank of a run without mpirun.
///
/// A message is copied once, from the sender's buffer into the receiver's; a send waits for its receiver, which is
/// the strictest that MPI may do.
package final class MemoryTransport: Transport {
    package let rank: Int
    package let hostName: String
    private let group: MemoryGroup

    package var size: Int { group.size }

    package var bytesSent: Int { group.locked { group.bytesSent[rank] } }

    private init(rank: Int, group: MemoryGroup, hostName: String = localHostName()) {
        self.rank = rank
        self.group = group
        self.hostName = hostName
    }

    /// The ranks of a job inside this process, for tests.
    ///
    /// * `hosts`: the names that their hosts shall have; nil for this host's
    /// * `fault`: done to one message of rank 0
    package static func group(
        size: Int,
        hosts: [String]? = nil,
        fault: MessageFault? = nil
    ) -> [MemoryTransport] {
        let group = MemoryGroup(size: size, endsProcess: false, fault: fault)
        return (0..<size).map {
            MemoryTransport(rank: $0, group: group, hostName: hosts?[$0] ?? localHostName())
        }
    }

    /// The only rank of a run without mpirun.
    package static func alone() -> MemoryTransport {
        MemoryTransport(rank: 0, group: MemoryGroup(size: 1, endsProcess: true))
    }

    package func exchange(_ round: ExchangeRound, inBackground: Bool) throws {
        precondition(round.sends.allSatisfy { (0..<size).contains($0.to) })
        precondition(round.receives.allSatisfy { (0..<size).contains($0.from) })
        guard !round.isEmpty else { return }
        try group.locked {
            let posted = round.sends.flatMap { send in
                group.post(send, from: rank)
            }
            // A buffer must not be read any more once this call has ended, in whatever way.
            defer { group.withdraw(posted, from: rank) }
            group.condition.broadcast()
            var open = round.receives
            while true {
                let before = open.count
                open = try group.take(open, at: rank)
                if open.count < before { group.condition.broadcast() }
                let untaken = posted.filter { !$0.isTaken }
                if open.isEmpty, untaken.isEmpty { return }
                try group.checkPresent(open.map(\.from) + untaken.map(\.to), for: rank)
                group.condition.wait()
            }
        }
    }

    /// Ends the process where it is alone; in a group, ends this rank's thread and wakes the others with an error.
    package func abort(status: Int32) -> Never {
        if group.endsProcess {
            fflush(nil)
            _exit(status)
        }
        leave("has aborted with status \(status)", aborting: true)
        pthread_exit(nil)
    }

    package func finish() {
        leave("has finished", aborting: false)
    }

    /// Tells the other ranks that this one takes part no more: who waits for it gets an error.
    func leave(_ reason: String, aborting: Bool) {
        group.locked {
            if group.left[rank] == nil { group.left[rank] = reason }
            if aborting, group.aborted == nil { group.aborted = rank }
            group.condition.broadcast()
        }
    }
}

/// This machine's name, as the other ranks' people know it.
func localHostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
