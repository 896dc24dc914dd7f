import Diagnostics
import Foundation
import MessagePassing
import Testing
import TransportSuite

@Suite struct MemoryTransportTests {
    @Test(arguments: [1, 2, 3, 4, 8])
    func passesTheSuite(ranks: Int) {
        for result in MemoryTransport.run(ranks: ranks, { try TransportSuite.run(on: $0) }) {
            if case .failure(let error) = result { Issue.record(error) }
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
