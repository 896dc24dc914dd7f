import Diagnostics
import Foundation
import Synchronization
import Testing

@testable import MessagePassing

/// What a loop did about a loss.
final class HeartbeatRecord: Sendable {
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

/// A coordinator of three ranks on hosts a, b, c, without a thread: the test makes its turns, at moments of its choice.
final class HeartbeatHub {
    let loop: HeartbeatLoop
    let record = HeartbeatRecord()
    /// The time, in seconds.
    var now = 0.0
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
    }

    func connect() throws -> HeartbeatSocket {
        HeartbeatSocket(try #require(connected(to: "127.0.0.1", port: port, within: 10)), token: token)
    }

    func join(_ rank: Int) throws -> HeartbeatSocket {
        let socket = try connect()
        socket.send(HeartbeatFrame(.hello, rank: rank, place: RunPlace(.enter)))
        try turn { loop.watch.peers[rank] != nil }
        #expect(isReady(socket.descriptor, to: POLLIN, within: 10))
        #expect(socket.frames().first?.kind == .welcome)
        return socket
    }

    func settle(_ watched: Set<Int>) {
        loop.settle(.init(hosts: ["a", "b", "c"], watched: watched, command: "again"))
        _ = loop.turn(now)
    }

    /// Makes turns, and lets no time pass, until what was sent has come in.
    func turn(until condition: () -> Bool) throws {
        for _ in 0..<10_000 {
            _ = loop.turn(now)
            if condition() { return }
            usleep(1000)
        }
        throw RunError("what was sent does not come in")
    }

    /// Lets time pass, a turn every half second, until the loop's last.
    func pass(seconds: Double) {
        let end = now + seconds
        while now < end {
            now = min(now + 0.5, end)
            if loop.turn(now) { return }
        }
    }

    func expectEnd(_ line: String) {
        #expect(record.lines == [line])
        #expect(record.aborts == 1)
    }
}
