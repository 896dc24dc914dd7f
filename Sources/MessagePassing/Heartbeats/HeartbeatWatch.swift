import Diagnostics

/// A rank that is no more, as others see it.
struct HeartbeatLoss: Equatable {
    enum Reason: Equatable {
        /// Its connection ended without a goodbye: the process is dead.
        case closed
        /// The system gave the connection up.
        case broken(String)
        /// Stopped, hanging, or behind a dead link.
        case silent(seconds: Double)
    }

    var rank: Int
    var host: String?
    var reason: Reason
    /// Where it said it was.
    var place: RunPlace

    /// The line that tells of it, with the command that goes on if there is one.
    func line(goOnWith command: String?) -> String {
        let why =
            switch reason {
            case .closed: "connection closed"
            case .broken(let problem): "connection broken: \(problem)"
            case .silent(let seconds): "silent for \(Int(seconds.rounded(.down))) s"
            }
        let onHost = host.map { " on host \($0)" } ?? ""
        let onward = command.map { "; go on with: \($0)" } ?? ""
        return "rank \(rank)\(onHost) is gone (\(why)) at \(place)\(onward)"
    }
}

/// When each rank was last heard of: who has been silent for too long.
struct HeartbeatWatch {
    struct Peer {
        var lastHeard: Double
        var place: RunPlace
    }

    /// Seconds.
    let timeout: Double
    /// The ranks that are watched.
    private(set) var peers: [Int: Peer] = [:]

    init(timeout: Double) {
        self.timeout = timeout
    }

    /// Seconds from one look at everything to the next.
    var tick: Double { min(0.25, timeout / 8) }
    /// Seconds from one sign of life to the next.
    var interval: Double { min(1, timeout / 5) }

    mutating func hear(_ rank: Int, at place: RunPlace, now: Double) {
        peers[rank] = Peer(lastHeard: now, place: place)
    }

    mutating func forget(_ rank: Int) {
        peers[rank] = nil
    }

    /// Tells how long the last look took that should have taken a `tick`.
    ///
    /// Where it took much longer, this process itself was stopped, perhaps with all others (a suspended job, a laptop
    /// that slept): everyone gets the whole timeout again.
    mutating func didSleep(_ seconds: Double, now: Double) {
        guard seconds - tick > min(2, timeout / 3) else { return }
        for rank in peers.keys { peers[rank]?.lastHeard = now }
    }

    /// Ranks that have been silent for longer than the timeout, and for how many seconds.
    func silent(now: Double) -> [(rank: Int, seconds: Double)] {
        peers.filter { now - $0.value.lastHeard > timeout }
            .map { ($0.key, now - $0.value.lastHeard) }
            .sorted { $0.0 < $1.0 }
    }

    /// How long a rank holds its tongue about a lost coordinator.
    ///
    /// Rank 1 speaks for all. The others give the launcher the time to end them, for the case that rank 1 is lost as
    /// well.
    static func discretion(of rank: Int) -> Double {
        rank <= 1 ? 0.2 : min(3.5, 2.25 + 0.25 * Double(rank - 1))
    }
}
