import Diagnostics
import Foundation
import Synchronization
import Testing

@testable import MessagePassing

/// The coordinator's loop, with ranks that the test plays over TCP.
@Suite(.serialized) struct HeartbeatTests {
    private let token = (0..<16).map { UInt8($0 * 7 + 1) }

    @Test func framesArriveAsTheyWereSent() {
        let frame = HeartbeatFrame(.beat, rank: 3, place: RunPlace(.reduce, step: 12), attempt: 2)
        let bytes = frame.bytes(token: token)
        #expect(bytes.count == HeartbeatFrame.byteCount)
        #expect(HeartbeatFrame(bytes, token: token) == frame)
        #expect(HeartbeatFrame(bytes, token: Array(token.reversed())) == nil)
        for cut in 0..<bytes.count { #expect(HeartbeatFrame(bytes[..<cut], token: token) == nil) }
        // Mark, version, kind, the zero and the token.
        for place in [0, 1, 2, 3, 4, 5, 7] + Array(20..<36) {
            var changed = bytes
            changed[place] ^= 0x40
            #expect(HeartbeatFrame(changed, token: token) == nil, "byte \(place)")
        }
    }

    @Test func invitationsArriveAsTheyWereSent() {
        let invitation = HeartbeatInvitation(
            timeout: 2.5,
            port: 40_000,
            token: token,
            hostName: "soup1",
            addresses: ["10.0.0.1", "fd00::1"]
        )
        #expect(HeartbeatInvitation(invitation.bytes) == invitation)
        #expect(HeartbeatInvitation([]) == nil)
        #expect(HeartbeatInvitation(Array(invitation.bytes.dropFirst())) == nil)
        #expect(invitation.addresses(from: "soup1").first == "127.0.0.1")
        #expect(invitation.addresses(from: "soup2").first == "10.0.0.1")
    }

    @Test func aDeadRankIsNamedAtOnce() throws {
        let hub = try Hub(timeout: 60, token)
        var rank: HeartbeatSocket? = try hub.join(2)
        hub.settle([2])
        rank?.send(HeartbeatFrame(.beat, rank: 2, place: RunPlace(.forwardBackward, step: 12)))
        rank = nil
        try hub.expectEnd(
            "rank 2 on host c is gone (connection closed) at step 12, forward_backward; go on with: again"
        )
    }

    @Test func aSilentRankIsNamedAfterTheTimeout() throws {
        let hub = try Hub(timeout: 1, token)
        let silent = try hub.join(1)
        let lively = try hub.join(2)
        hub.settle([1, 2])
        for _ in 0..<100 where hub.record.lines.isEmpty {
            lively.send(HeartbeatFrame(.beat, rank: 2))
            usleep(100_000)
        }
        try hub.expectEnd("rank 1 on host b is gone (silent for 1 s) at enter; go on with: again")
        // The others are told before the job is taken down.
        #expect(isReady(lively.descriptor, to: POLLIN, within: 10))
        #expect(lively.frames().contains { $0.kind == .ending })
        withExtendedLifetime(silent) {}
    }

    @Test func aGoodbyeIsNoLoss() throws {
        let hub = try Hub(timeout: 1, token)
        var first: HeartbeatSocket? = try hub.join(1)
        let second = try hub.join(2)
        hub.settle([1, 2])
        first?.send(HeartbeatFrame(.goodbye, rank: 1))
        first?.finish()
        first = nil
        second.send(HeartbeatFrame(.goodbye, rank: 2))
        usleep(1_500_000)
        #expect(hub.record.lines.isEmpty && hub.record.aborts == 0)
        hub.loop.stop(.goodbye)
        hub.loop.stop(.goodbye)
        #expect(second.frames().last?.kind == .goodbye)
        #expect(second.end == .closed)
    }

    @Test func aRankThatHasSpokenIsNotAccused() throws {
        let hub = try Hub(timeout: 1, token)
        var first: HeartbeatSocket? = try hub.join(1)
        let second = try hub.join(2)
        hub.settle([1, 2])
        first?.send(HeartbeatFrame(.ending, rank: 1))
        first = nil
        #expect(isReady(second.descriptor, to: POLLIN, within: 10))
        usleep(100_000)
        #expect(second.frames().contains { $0.kind == .ending })
        #expect(hub.record.lines.isEmpty)
        // Where the job does not end by that, this rank does.
        for _ in 0..<200 where hub.record.aborts == 0 { usleep(50_000) }
        #expect(hub.record.lines.isEmpty && hub.record.aborts == 1)
    }

    @Test func strangersAreShownTheDoor() throws {
        let hub = try Hub(timeout: 60, token)
        var strangers: [HeartbeatSocket] = []
        // Another protocol; another job's token; a rank that there is not; no hello.
        let others = [
            Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
            HeartbeatFrame(.hello, rank: 1).bytes(token: token.reversed()),
            HeartbeatFrame(.hello, rank: 9).bytes(token: token),
            HeartbeatFrame(.beat, rank: 1).bytes(token: token),
        ]
        for bytes in others {
            let socket = try hub.connect()
            #expect(
                bytes.withUnsafeBytes { write(socket.descriptor, $0.baseAddress, $0.count) } == bytes.count
            )
            strangers.append(socket)
        }
        for socket in strangers {
            #expect(isReady(socket.descriptor, to: POLLIN, within: 10))
            #expect(socket.frames().isEmpty && socket.end == .closed)
        }
        let rank = try hub.join(1)
        hub.settle([1])
        usleep(100_000)
        #expect(hub.record.lines.isEmpty && rank.end == nil)
    }

    @Test func rankOneSpeaksOfALostCoordinator() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let record = Record()
        let loop = HeartbeatLoop(
            rank: 1,
            size: 3,
            timeout: 60,
            token: token,
            coordinator: HeartbeatSocket(ends[0], token: token),
            actions: record.actions
        )
        #expect(loop.start())
        defer { loop.stop(.goodbye) }
        loop.settle(.init(hosts: ["a", "b", "c"], watched: [0], command: nil))
        var coordinator: HeartbeatSocket? = HeartbeatSocket(ends[1], token: token)
        coordinator?.send(HeartbeatFrame(.beat, rank: 0, place: RunPlace(.saving, step: 3)))
        coordinator = nil
        for _ in 0..<200 where record.aborts == 0 { usleep(50_000) }
        #expect(record.lines == ["rank 0 on host a is gone (connection closed) at step 3, saving"])
        #expect(HeartbeatWatch.discretion(of: 2) > 2 * HeartbeatWatch.discretion(of: 1))
    }

    @Test func ranksInOneProcessPart() throws {
        let record = Record()
        let results = MemoryTransport.run(ranks: 4) { transport in
            let loop = try Heartbeats.start(
                on: transport,
                timeout: 1,
                isResumable: true,
                record.actions
            )
            let isWatched = loop != nil
            usleep(1_200_000)
            try transport.barrier()
            loop?.stop(.goodbye)
            return isWatched
        }
        for result in results { #expect(try result.get()) }
        #expect(record.lines.isEmpty && record.aborts == 0)
    }

    @Test func noTimeoutNoWatch() throws {
        let results = MemoryTransport.run(ranks: 2) { transport in
            // The coordinator's word goes for all.
            try Heartbeats.start(
                on: transport,
                timeout: transport.isCoordinator ? 0 : 5,
                isResumable: false,
                Record().actions
            ) == nil
        }
        for result in results { #expect(try result.get()) }
    }
}

/// What a loop did about a loss.
private final class Record: Sendable {
    private let state = Mutex((lines: [String](), aborts: 0))

    var lines: [String] { state.withLock { $0.lines } }
    var aborts: Int { state.withLock { $0.aborts } }

    var actions: HeartbeatLoop.Actions {
        HeartbeatLoop.Actions(
            report: { line in self.state.withLock { $0.lines.append(line) } },
            abort: { self.state.withLock { $0.aborts += 1 } }
        )
    }
}

/// A coordinator of three ranks on hosts a, b, c.
private final class Hub {
    let loop: HeartbeatLoop
    let record = Record()
    private let port: UInt16
    private let token: [UInt8]

    init(timeout: Double, _ token: [UInt8]) throws {
        let listener = try #require(HeartbeatListener())
        port = listener.port
        self.token = token
        loop = HeartbeatLoop(
            rank: 0,
            size: 3,
            timeout: timeout,
            token: token,
            listener: listener,
            actions: record.actions
        )
        #expect(loop.start())
    }

    deinit { loop.stop(.goodbye) }

    func connect() throws -> HeartbeatSocket {
        HeartbeatSocket(try #require(connected(to: "127.0.0.1", port: port, within: 10)), token: token)
    }

    func join(_ rank: Int) throws -> HeartbeatSocket {
        let socket = try connect()
        socket.send(HeartbeatFrame(.hello, rank: rank, place: RunPlace(.enter)))
        #expect(isReady(socket.descriptor, to: POLLIN, within: 10))
        #expect(socket.frames().first?.kind == .welcome)
        return socket
    }

    func settle(_ watched: Set<Int>) {
        loop.settle(.init(hosts: ["a", "b", "c"], watched: watched, command: "again"))
    }

    func expectEnd(_ line: String) throws {
        for _ in 0..<200 where record.aborts == 0 { usleep(50_000) }
        #expect(record.lines == [line])
        #expect(record.aborts == 1)
    }
}
