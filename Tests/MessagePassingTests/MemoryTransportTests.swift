import Diagnostics
import Foundation
import Testing
import TransportSuite

@testable import MessagePassing

@Suite struct MemoryTransportTests {
    @Test(arguments: [1, 2, 3, 4, 8])
    func passesTheSuite(ranks: Int) {
        for result in MemoryTransport.run(ranks: ranks, { try TransportSuite.run(on: $0) }) {
            if case .failure(let error) = result { Issue.record(error) }
        }
    }

    @Test(arguments: [2, 3], ["drop", "double", "truncate"])
    func aDamagedMessageIsAnError(ranks: Int, kind: String) throws {
        let fault = MessageFault(try #require(MessageFault.Kind(rawValue: kind)), number: 8)
        let results = MemoryTransport.run(ranks: ranks, fault: fault) {
            try TransportSuite.passMessages(on: $0)
        }
        let error = try #require(throws: MessagePassingError.self) { try results[1].get() }
        let words = kind == "truncate" ? "found 15" : "expected message \(kind == "drop" ? "8" : "9")"
        #expect("\(error)".contains(words), "\(error)")
    }

    /// Numbers come round again after 2¹⁴ messages, and the tag holds no more.
    @Test func messagesAreNumberedWithinTheTag() throws {
        for number in [0, 1, 16_383, 16_384, 40_000] {
            for isLast in [true, false] {
                let tag = MessageTag(number: number, isLast: isLast)
                #expect((0...32_767).contains(tag.bits))
                try tag.check(tag.bits, from: 1, at: 0)
                for other in [number + 1, number + 5, number + 8_000] {
                    let found = MessageTag(number: other, isLast: isLast).bits
                    let error = try #require(throws: MessagePassingError.self) {
                        try tag.check(found, from: 1, at: 0)
                    }
                    #expect(error.problem.contains("expected message \(number) of rank 1, found \(other)"))
                }
            }
        }
        #expect(throws: MessagePassingError.self) {
            try MessageTag(number: 3, isLast: true).check(
                MessageTag(number: 3, isLast: false).bits,
                from: 1,
                at: 0
            )
        }
    }

    @Test func abortWakesTheOthers() {
        let results = MemoryTransport.run(ranks: 3) { transport in
            if transport.rank == 1 { transport.abort(status: 4) }
            // Rank 1 will never send this.
            try transport.barrier()
        }
        for (rank, result) in results.enumerated() {
            #expect(throws: MessagePassingError.self) { try result.get() }
            if rank != 1, case .failure(let error) = result {
                #expect("\(error)".contains("rank 1 has aborted with status 4"))
            }
        }
    }

    @Test func aRankThatThrowsWakesWhoWaitsForIt() {
        let results = MemoryTransport.run(ranks: 2) { transport in
            if transport.rank == 0 { throw RunError("out of luck") }
            _ = try transport.gather([1, 2, 3])
        }
        #expect(throws: RunError.self) { try results[0].get() }
        #expect(throws: MessagePassingError.self) { try results[1].get() }
    }

    @Test func aloneIsTheOnlyRank() throws {
        let transport = MemoryTransport.alone()
        #expect(transport.rank == 0)
        #expect(transport.size == 1)
        #expect(transport.isCoordinator)
        #expect(try transport.broadcast([7]) == [7])
        #expect(try transport.gather([7]) == [[7]])
        #expect(throws: RunError.self) { try transport.agreeing { throw RunError("alone") } }
        #expect(transport.bytesSent == 0)
    }

    /// What waits in a queue for a rank that is gone, and all behind it, ends with an error.
    @Test func aRankThatThrowsEndsWhatOthersHaveQueued() {
        let results = MemoryTransport.run(ranks: 3) { transport in
            let buffer = QueueBuffer()
            let queue = ExchangeQueue(transport)
            let rounds = transport.allGatherRounds(buffer.bytes, parts: [0..<1, 1..<2, 2..<3])
            let first = queue.begin(rounds)
            try first.finish()
            if transport.rank == 2 { throw RunError("out of luck") }
            let pending = (0..<3).map { _ in queue.begin(rounds) { Issue.record("nothing came") } }
            for exchange in pending { exchange.wait() }
            for exchange in pending.dropFirst() {
                #expect(throws: MessagePassingError.self) { try exchange.finish() }
            }
            try pending[0].finish()
        }
        for result in results[0..<2] { #expect(throws: MessagePassingError.self) { try result.get() } }
        #expect(throws: RunError.self) { try results[2].get() }
    }

    @Test func aMessageBeyondTheEndIsAnError() {
        let results = MemoryTransport.run(ranks: 2) { transport in
            if transport.rank == 0 {
                try transport.barrier()
                transport.finish()
            } else {
                try transport.barrier()
                try transport.barrier()
            }
        }
        #expect(throws: Never.self) { try results[0].get() }
        #expect(throws: MessagePassingError.self) { try results[1].get() }
    }
}

/// Three bytes that stay as long as anybody may write them.
private final class QueueBuffer: Sendable {
    nonisolated(unsafe) let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)

    deinit { bytes.deallocate() }
}
