import Diagnostics
import Foundation
import Testing

@testable import MessagePassing

/// The loop that watches, by the test's clock, with ranks that the test plays over TCP.
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
        let hub = try HeartbeatHub(timeout: 60, token)
        var rank: HeartbeatSocket? = try hub.join(2)
        hub.settle([2])
        let place = RunPlace(.forwardBackward, step: 12)
        rank?.send(HeartbeatFrame(.beat, rank: 2, place: place))
        try hub.turn { hub.loop.watch.peers[2]?.place == place }
        #expect(hub.record.lines.isEmpty)
        rank = nil
        try hub.turn { hub.record.aborts > 0 }
        hub.expectEnd(
            "rank 2 on host c is gone (connection closed) at step 12, forward_backward; go on with: again"
        )
    }

    @Test func theThreadTurnsByItself() throws {
        let hub = try HeartbeatHub(timeout: 60, token)
        // The thread's own clock: at the test's beginning of time the rank would have been silent ever since.
        hub.now = monotonicSeconds()
        var rank: HeartbeatSocket? = try hub.join(1)
        hub.settle([1])
        #expect(hub.loop.start())
        rank = nil
        for _ in 0..<10_000 where hub.record.aborts == 0 { usleep(1000) }
        hub.expectEnd("rank 1 on host b is gone (connection closed) at enter; go on with: again")
        hub.loop.stop(.goodbye)
        withExtendedLifetime(rank) {}
    }

    @Test func aSilentRankIsNamedAfterTheTimeout() throws {
        let hub = try HeartbeatHub(timeout: 10, token)
        let silent = try hub.join(1)
        let lively = try hub.join(2)
        hub.settle([1, 2])
        for second in 1...10 {
            hub.pass(seconds: 1)
            let place = RunPlace(.mix, step: second)
            lively.send(HeartbeatFrame(.beat, rank: 2, place: place))
            try hub.turn { hub.loop.watch.peers[2]?.place == place }
        }
        #expect(hub.record.lines.isEmpty && hub.record.aborts == 0)
        hub.pass(seconds: 0.5)
        hub.expectEnd("rank 1 on host b is gone (silent for 10 s) at enter; go on with: again")
        // The others are told before the job is taken down.
        #expect(isReady(lively.descriptor, to: POLLIN, within: 10))
        #expect(lively.frames().contains { $0.kind == .ending })
        withExtendedLifetime(silent) {}
    }

    /// Two loops that have nothing to say but that they live.
    @Test func signsOfLifeKeepAJobTogether() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let record = HeartbeatRecord()
        let loops = (0..<2).map { rank in
            let loop = HeartbeatLoop(
                rank: rank,
                size: 2,
                timeout: 2,
                token: token,
                actions: record.actions
            )
            loop.sockets[1 - rank] = HeartbeatSocket(ends[rank], token: token)
            loop.settle(.init(hosts: ["a", "b"], watched: [1 - rank], command: nil))
            return loop
        }
        var now = 0.0
        func pass(seconds: Double, _ turning: [HeartbeatLoop]) {
            let end = now + seconds
            while now < end {
                for loop in turning where loop.turn(now) { return }
                now += loops[0].watch.tick
            }
        }
        pass(seconds: 600, loops)
        #expect(record.lines.isEmpty && record.aborts == 0)
        // It hangs.
        pass(seconds: 3, [loops[0]])
        #expect(record.aborts == 1)
        #expect(record.lines.first?.hasPrefix("rank 1 on host b is gone (silent for 2 s) at ") == true)
    }

    @Test func aGoodbyeIsNoLoss() throws {
        let hub = try HeartbeatHub(timeout: 1, token)
        var first: HeartbeatSocket? = try hub.join(1)
        let second = try hub.join(2)
        hub.settle([1, 2])
        first?.send(HeartbeatFrame(.goodbye, rank: 1))
        first?.finish()
        first = nil
        second.send(HeartbeatFrame(.goodbye, rank: 2))
        try hub.turn { hub.loop.watch.peers.isEmpty && hub.loop.sockets[1] == nil }
        hub.pass(seconds: 100)
        #expect(hub.record.lines.isEmpty && hub.record.aborts == 0)
        hub.loop.stop(.goodbye)
        hub.loop.stop(.goodbye)
        #expect(hub.loop.turn(hub.now))
        #expect(second.frames().last?.kind == .goodbye)
        #expect(second.end == .closed)
    }

    @Test func aRankThatHasSpokenIsNotAccused() throws {
        let hub = try HeartbeatHub(timeout: 1, token)
        var first: HeartbeatSocket? = try hub.join(1)
        let second = try hub.join(2)
        hub.settle([1, 2])
        first?.send(HeartbeatFrame(.ending, rank: 1))
        first = nil
        try hub.turn { hub.loop.sockets[1] == nil }
        #expect(isReady(second.descriptor, to: POLLIN, within: 10))
        #expect(second.frames().contains { $0.kind == .ending })
        hub.pass(seconds: 2.5)
        #expect(hub.record.lines.isEmpty && hub.record.aborts == 0)
        // Where the job does not end by that, this rank does.
        hub.now += 0.5
        #expect(hub.loop.turn(hub.now))
        #expect(hub.record.lines.isEmpty && hub.record.aborts == 1)
    }

    @Test func strangersAreShownTheDoor() throws {
        let hub = try HeartbeatHub(timeout: 60, token)
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
            var heard: [HeartbeatFrame] = []
            try hub.turn {
                heard += socket.frames()
                return socket.end != nil
            }
            #expect(heard.isEmpty && socket.end == .closed)
        }
        let rank = try hub.join(1)
        hub.settle([1])
        hub.pass(seconds: 30)
        #expect(hub.record.lines.isEmpty && hub.loop.watch.peers.keys.sorted() == [1])
        _ = rank.frames()
        #expect(rank.end == nil)
    }

    /// Rank 1 speaks at once, and the next one only where the job does not end by that.
    @Test(arguments: [1, 2]) func theOthersSpeakOfALostCoordinator(rank: Int) throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let record = HeartbeatRecord()
        let loop = HeartbeatLoop(
            rank: rank,
            size: 3,
            timeout: 60,
            token: token,
            coordinator: HeartbeatSocket(ends[0], token: token),
            actions: record.actions
        )
        loop.settle(.init(hosts: ["a", "b", "c"], watched: [0], command: nil))
        var coordinator: HeartbeatSocket? = HeartbeatSocket(ends[1], token: token)
        coordinator?.send(HeartbeatFrame(.beat, rank: 0, place: RunPlace(.saving, step: 3)))
        coordinator = nil
        let due = HeartbeatWatch.discretion(of: rank)
        for now in [0, due - 0.01] {
            #expect(!loop.turn(now))
            #expect(record.lines.isEmpty)
        }
        #expect(loop.turn(due))
        #expect(record.lines == ["rank 0 on host a is gone (connection closed) at step 3, saving"])
        #expect(record.aborts == 1)
        #expect(HeartbeatWatch.discretion(of: 2) > 2 * HeartbeatWatch.discretion(of: 1))
    }

    @Test func ranksInOneProcessPart() throws {
        let record = HeartbeatRecord()
        let results = MemoryTransport.run(ranks: 4) { transport in
            let loop = try Heartbeats.start(
                on: transport,
                timeout: 60,
                isResumable: true,
                record.actions
            )
            try transport.barrier()
            loop?.stop(.goodbye)
            return loop != nil
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
                HeartbeatRecord().actions
            ) == nil
        }
        for result in results { #expect(try result.get()) }
    }
}
