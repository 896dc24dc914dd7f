import Diagnostics
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Watches over the ranks of a job beside MPI, which itself does not notice a rank that hangs or a link that is down.
///
/// Every rank keeps a TCP connection to the coordinator and says there, a few times a second, that it lives and where in
/// the run it is. A connection that ends without a goodbye is a dead rank; one that is silent for longer than the
/// timeout, a rank that hangs or is cut off. Then one rank says so in one line, the job is taken down, and whoever
/// is cut off ends by itself. At most one job is watched in a process.
package enum Heartbeats {
    private static let current = Mutex<HeartbeatLoop?>(nil)

    /// Starts watching; every rank calls it.
    ///
    /// * `timeout`: seconds of silence after which a rank counts as lost; 0 for no watching. The coordinator's counts.
    /// * `isResumable`: whether the command goes on where it stopped with `--resume`
    package static func start(on transport: any Transport, timeout: Double, isResumable: Bool) throws {
        guard transport.size > 1 else { return }
        let actions = HeartbeatLoop.Actions(
            report: { line in say(line) },
            abort: { transport.abort(status: 1) }
        )
        let loop = try start(on: transport, timeout: timeout, isResumable: isResumable, actions)
        current.withLock { $0 = loop }
    }

    /// Takes leave of the other ranks; any number of times.
    ///
    /// * `isEndingJob`: whether this rank is about to take the job down, and has said why
    package static func stop(isEndingJob: Bool = false) {
        let loop = current.withLock { current in
            defer { current = nil }
            return current
        }
        loop?.stop(isEndingJob ? .ending : .goodbye)
    }

    /// The same for one rank of several in this process, as tests have them.
    static func start(
        on transport: any Transport,
        timeout: Double,
        isResumable: Bool,
        _ actions: HeartbeatLoop.Actions
    ) throws -> HeartbeatLoop? {
        let own =
            transport.isCoordinator ? coordinator(transport, timeout, actions) : (loop: nil, invitation: [])
        let bytes = try transport.broadcast(transport.isCoordinator ? own.invitation : nil)
        guard let invitation = HeartbeatInvitation(bytes) else { return nil }
        let loop = own.loop ?? follower(transport, invitation, actions)
        let command = RestartCommand(isResumable: isResumable).text ?? ""
        let card = [loop == nil ? "" : "connected", transport.hostName, command].joined(separator: "\0")
        let gathered = try transport.gather(Array(card.utf8))
        let all = try transport.broadcast(gathered.map { settlementBytes($0, isResumable) })
        guard let settlement = settlement(all, watchedBy: transport.rank, of: transport.size) else {
            loop?.stop(.goodbye)
            return nil
        }
        if transport.isCoordinator { warn(of: settlement, transport) }
        loop?.settle(settlement)
        return loop
    }

    private static func coordinator(
        _ transport: any Transport,
        _ timeout: Double,
        _ actions: HeartbeatLoop.Actions
    ) -> (loop: HeartbeatLoop?, invitation: [UInt8]) {
        guard timeout > 0 else { return (nil, []) }
        var random = SystemRandomNumberGenerator()
        let token = (0..<HeartbeatFrame.tokenByteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        let listener = HeartbeatListener()
        let loop = listener.map {
            HeartbeatLoop(
                rank: 0,
                size: transport.size,
                timeout: timeout,
                token: token,
                listener: $0,
                actions: actions
            )
        }
        guard let listener, let loop, loop.start() else {
            say("warning: the ranks are not watched: no TCP port to be had on \(transport.hostName)")
            return (nil, [])
        }
        let invitation = HeartbeatInvitation(
            timeout: timeout,
            port: listener.port,
            token: token,
            hostName: transport.hostName,
            addresses: reachableAddresses()
        )
        return (loop, invitation.bytes)
    }

    /// Connects to the coordinator; nil where that cannot be.
    private static func follower(
        _ transport: any Transport,
        _ invitation: HeartbeatInvitation,
        _ actions: HeartbeatLoop.Actions
    ) -> HeartbeatLoop? {
        for (attempt, address) in invitation.addresses(from: transport.hostName).prefix(16).enumerated() {
            guard let descriptor = connected(to: address, port: invitation.port, within: 1) else { continue }
            let socket = HeartbeatSocket(descriptor, token: invitation.token)
            let hello = HeartbeatFrame(
                .hello,
                rank: transport.rank,
                place: RunPlace.now,
                attempt: UInt8(attempt)
            )
            socket.send(hello)
            // Another host may have that address, too, and a listener of its own at that port.
            guard isReady(descriptor, to: POLLIN, within: 2), socket.frames().first?.kind == .welcome else {
                continue
            }
            let loop = HeartbeatLoop(
                rank: transport.rank,
                size: transport.size,
                timeout: invitation.timeout,
                token: invitation.token,
                coordinator: socket,
                actions: actions
            )
            return loop.start() ? loop : nil
        }
        return nil
    }

    /// What all ranks have to know, of the ranks' cards: the command, then per rank whether it is connected and its host.
    private static func settlementBytes(_ cards: [[UInt8]], _ isResumable: Bool) -> [UInt8] {
        let fields = cards.map { card in
            card.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }
        // Any rank that the launcher started directly can tell the command.
        let commands = fields.compactMap(\.last).filter { !$0.isEmpty }
        let command = commands.first ?? RestartCommand.own(ranks: cards.count, isResumable: isResumable)
        let rest = fields.flatMap { Array($0.prefix(2)) }
        return Array(([isResumable ? command : ""] + rest).joined(separator: "\0").utf8)
    }

    private static func settlement(_ bytes: [UInt8], watchedBy rank: Int, of size: Int)
        -> HeartbeatLoop.Settlement?
    {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count == 1 + 2 * size else { return nil }
        let connected = (1..<size).filter { fields[1 + 2 * $0] == "connected" }
        return HeartbeatLoop.Settlement(
            hosts: (0..<size).map { fields[2 + 2 * $0] },
            watched: rank == 0 ? Set(connected) : [0],
            command: fields[0].isEmpty ? nil : fields[0]
        )
    }

    private static func warn(of settlement: HeartbeatLoop.Settlement, _ transport: any Transport) {
        let missing = (1..<transport.size).filter { !settlement.watched.contains($0) }
        guard !missing.isEmpty else { return }
        let names = missing.map { "rank \($0) on \(settlement.hosts[$0])" }.joined(separator: ", ")
        say(
            "warning: not watched, for there is no TCP connection to rank 0 on \(transport.hostName): \(names)"
        )
    }

    /// One line on standard error, in one piece.
    private static func say(_ line: String) {
        let bytes = Array("mehlsoup: \(line)\n".utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
