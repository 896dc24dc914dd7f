import Diagnostics
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// The thread that sends and hears signs of life: the coordinator's with all ranks, any other's with the coordinator.
///
/// Its state belongs to the thread, but for what `control` holds. Without a thread, whoever calls `turn` is it.
final class HeartbeatLoop: @unchecked Sendable {
    struct Control {
        /// The frame to leave with, once it is time to leave.
        var farewell: HeartbeatFrame.Kind?
        var settlement: Settlement?
    }

    let rank: Int
    private let size: Int
    private let token: [UInt8]
    let actions: Actions
    let control = Mutex(Control())
    private let alarm: (read: Int32, write: Int32)
    private var listener: HeartbeatListener?
    private var strangers: [(socket: HeartbeatSocket, since: Double)] = []
    var sockets: [Int: HeartbeatSocket] = [:]
    private var attempts: [Int: UInt8] = [:]
    /// Ranks that have taken leave.
    private var departed: Set<Int> = []
    var watch: HeartbeatWatch
    var settlement: Settlement?
    private var lastBeat = -Double.infinity
    private var lastPlace: RunPlace?
    var lastTurn: Double?
    /// The lost coordinator, and when this rank is to speak of it.
    var sorrow: (loss: HeartbeatLoss, due: Double)?
    /// When this process ends at the latest, since another rank takes the job down.
    var deadline: Double?
    var thread = pthread_t()
    var hasThread = false

    /// Most connections that may wait for their hello at once.
    private static let mostStrangers = 256

    /// * `listener`: the coordinator's
    /// * `coordinator`: the connection to it, of any other rank
    init(
        rank: Int,
        size: Int,
        timeout: Double,
        token: [UInt8],
        listener: HeartbeatListener? = nil,
        coordinator: HeartbeatSocket? = nil,
        actions: Actions
    ) {
        self.rank = rank
        self.size = size
        self.token = token
        self.listener = listener
        self.actions = actions
        watch = HeartbeatWatch(timeout: timeout)
        sockets[0] = coordinator
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) != 0 { ends = [-1, -1] }
        for end in ends where end >= 0 {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        alarm = (ends[0], ends[1])
    }

    deinit {
        for end in [alarm.read, alarm.write] where end >= 0 { close(end) }
    }

    /// From now on ranks are missed.
    func settle(_ settlement: Settlement) {
        control.withLock { $0.settlement = settlement }
        ring()
    }

    func ring() {
        var byte: UInt8 = 0
        _ = write(alarm.write, &byte, 1)
    }

    /// Does what there is to do at a moment; true where that was the last.
    ///
    /// * `now`: seconds since any moment, never less than before
    func turn(_ now: Double) -> Bool {
        let (farewell, news) = control.withLock { control in
            defer { control.settlement = nil }
            return (control.farewell, control.settlement)
        }
        admit(now)
        let broken = hear(now)
        watch.didSleep(now - (lastTurn ?? now), now: now)
        lastTurn = now
        if let news { settle(news, now) }
        if let farewell {
            leave(farewell)
            return true
        }
        beat(now)
        return judge(broken, now)
    }

    /// Until something comes in, but no longer than a tick.
    func sleep() {
        var entries = [alarm.read, listener?.descriptor ?? -1].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        entries += strangers.map { pollfd(fd: $0.socket.descriptor, events: Int16(POLLIN), revents: 0) }
        entries += sockets.values.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        _ = poll(&entries, nfds_t(entries.count), Int32(watch.tick * 1000))
        var bytes = [UInt8](repeating: 0, count: 16)
        if entries[0].revents != 0 { _ = read(alarm.read, &bytes, bytes.count) }
    }

    /// Lets ranks in that name themselves, and nobody else.
    private func admit(_ now: Double) {
        if let listener {
            while strangers.count < Self.mostStrangers, let descriptor = listener.accept() {
                strangers.append((HeartbeatSocket(descriptor, token: token), now))
            }
        }
        strangers.removeAll { socket, since in
            if let frame = socket.frames().first {
                welcome(frame, socket, now)
                return true
            }
            return socket.end != nil || now - since > 5
        }
    }

    private func welcome(_ frame: HeartbeatFrame, _ socket: HeartbeatSocket, _ now: Double) {
        guard frame.kind == .hello, (1..<size).contains(frame.rank) else { return }
        // A rank that knocked at several addresses means the last.
        guard attempts[frame.rank].map({ $0 < frame.attempt }) ?? true else { return }
        attempts[frame.rank] = frame.attempt
        sockets[frame.rank] = socket
        watch.hear(frame.rank, at: frame.place, now: now)
        socket.send(HeartbeatFrame(.welcome, rank: rank, place: RunPlace.now))
    }

    /// Takes in what the other ranks say; returns those that were cut off in the middle of it.
    private func hear(_ now: Double) -> [(rank: Int, reason: HeartbeatLoss.Reason)] {
        var broken: [(rank: Int, reason: HeartbeatLoss.Reason)] = []
        for (peer, socket) in sockets.sorted(by: { $0.key < $1.key }) {
            for frame in socket.frames() {
                switch frame.kind {
                case .hello, .welcome, .beat:
                    watch.hear(peer, at: frame.place, now: now)
                    if case .silent = sorrow?.loss.reason { sorrow = nil }
                case .goodbye:
                    depart(peer)
                case .ending:
                    depart(peer)
                    if deadline == nil {
                        deadline = now + 3
                        tell(.ending, but: peer)
                    }
                }
            }
            guard let end = socket.end else { continue }
            sockets[peer] = nil
            guard watch.peers[peer] != nil else { continue }
            switch end {
            case .closed: broken.append((peer, .closed))
            case .broken(let problem): broken.append((peer, .broken(problem)))
            case .foreign: broken.append((peer, .broken("it sends what no rank of this job sends")))
            }
        }
        return broken
    }

    private func depart(_ peer: Int) {
        departed.insert(peer)
        watch.forget(peer)
        sorrow = nil
    }

    private func settle(_ news: Settlement, _ now: Double) {
        settlement = news
        listener = nil
        strangers = []
        // Who was quick has gone already.
        for peer in news.watched.subtracting(departed) {
            watch.hear(peer, at: watch.peers[peer]?.place ?? RunPlace(.starting), now: now)
        }
        for peer in Set(watch.peers.keys).subtracting(news.watched) { watch.forget(peer) }
    }

    func tell(_ kind: HeartbeatFrame.Kind, but peer: Int? = nil) {
        let frame = HeartbeatFrame(kind, rank: rank, place: RunPlace.now)
        for (receiver, socket) in sockets where receiver != peer { socket.send(frame) }
    }

    /// Sends a sign of life where it is time, or where this rank has got on.
    private func beat(_ now: Double) {
        let place = RunPlace.now
        guard place != lastPlace || now - lastBeat >= watch.interval else {
            for socket in sockets.values { socket.flush() }
            return
        }
        (lastPlace, lastBeat) = (place, now)
        tell(.beat)
    }

    private func leave(_ farewell: HeartbeatFrame.Kind) {
        tell(farewell)
        for socket in sockets.values { socket.finish() }
        sockets = [:]
    }
}
