import CMPI
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Messages between the processes that mpirun started.
///
/// Waiting sleeps instead of spinning, so that the cores belong to whoever computes.
package final class MPITransport: Transport {
    package let rank: Int
    package let size: Int
    package let hostName: String
    private let sent = Atomic<Int>(0)
    private let state: Mutex<State>
    let gate = MPIGate()

    private enum State {
        case open(MessageNumbers)
        case broken
        case finished
    }

    private let launcherEndsJob: Bool
    private let pieceLength: Int
    private let fault: MessageFault?

    /// MPI counts in Int32; a longer message travels in pieces, each but the last tagged so.
    package static let longestPiece = 1 << 30

    package var bytesSent: Int { sent.load(ordering: .relaxed) }

    /// Starts MPI: once in a process, and only in one that mpirun or srun has launched.
    ///
    /// `launch` may know the number of ranks: a program that was built for another MPI sees itself as rank 0 of 1
    /// instead. `pieceLength` is the longest message that MPI gets to see, the same on all ranks. `fault` is done to one
    /// message of rank 0, for tests.
    init(_ launch: Launch, pieceLength: Int = longestPiece, fault: MessageFault? = nil) throws {
        precondition((1...Self.longestPiece).contains(pieceLength))
        launcherEndsJob = launch.endsJobWithRank
        self.pieceLength = pieceLength
        self.fault = fault
        guard cmpi_is_available() else {
            throw MessagePassingError(
                rank: 0,
                "launched by mpirun, but this program was built without MPI: install libopenmpi-dev and build again"
            )
        }
        cmpi_end_with_parent()
        var (rank, size): (Int32, Int32) = (0, 1)
        var threadLevelMet = false
        let status = cmpi_init(&rank, &size, &threadLevelMet)
        self.rank = Int(rank)
        self.size = Int(size)
        state = Mutex(.open(MessageNumbers(size: Int(size))))
        hostName = localHostName()
        guard status == 0 else {
            throw MessagePassingError(rank: Int(rank), "MPI does not start: \(mpiErrorText(status))")
        }
        guard threadLevelMet else {
            throw MessagePassingError(
                rank: Int(rank),
                "expected an MPI library that serves one thread at a time (MPI_THREAD_SERIALIZED), found less"
            )
        }
        if let expectedSize = launch.size, expectedSize != Int(size) {
            throw MessagePassingError(
                rank: Int(rank),
                """
                the launcher started \(expectedSize) ranks, but this program's MPI library sees \(size): use the \
                mpirun of the MPI that the program was built with
                """
            )
        }
    }

    package func exchange(_ round: ExchangeRound, inBackground: Bool) throws {
        precondition(round.sends.allSatisfy { (0..<size).contains($0.to) })
        precondition(round.receives.allSatisfy { (0..<size).contains($0.from) })
        guard !round.isEmpty else { return }
        try state.withLock { state in
            guard case .open(var numbers) = state else {
                throw MessagePassingError(rank: rank, "no more messages after an error or the end")
            }
            // Until all has gone well: an error leaves messages on their way that nobody will count.
            state = .broken
            try gate.inside { try exchange(round, inBackground, &numbers) }
            state = .open(numbers)
        }
        let bytes = round.sends.reduce(0) { $0 + ($1.to == rank ? 0 : $1.bytes.count) }
        sent.wrappingAdd(bytes, ordering: .relaxed)
    }

    private func exchange(
        _ round: ExchangeRound,
        _ inBackground: Bool,
        _ numbers: inout MessageNumbers
    ) throws {
        let arriving = round.receives.flatMap { receive in
            pieces(of: receive.bytes.count).map { range, isLast in
                let tag = MessageTag(number: numbers.nextReceived(from: receive.from), isLast: isLast)
                return (bytes: receive.bytes[range], from: receive.from, tag: tag)
            }
        }
        let leaving = round.sends.flatMap { send in
            pieces(of: send.bytes.count).flatMap { range, isLast in
                let tag = MessageTag(number: numbers.nextSent(to: send.to), isLast: isLast)
                let bytes = UnsafeRawBufferPointer(rebasing: send.bytes[range])
                return MessageFault.apply(rank == 0 ? fault : nil, to: tag.number, bytes).map {
                    ($0, to: send.to, tag)
                }
            }
        }
        let batch = try MPIBatch(capacity: arriving.count + leaving.count, rank: rank)
        // Receives first: a message whose place is known arrives without a copy.
        for piece in arriving {
            try batch.receive(UnsafeMutableRawBufferPointer(rebasing: piece.bytes), from: piece.from)
        }
        for (bytes, to, tag) in leaving { try batch.send(bytes, to: to, tag: tag.bits) }
        var pause = Pause(bytes: inBackground ? nil : batch.byteCount)
        while try !batch.isDone() {
            gate.pass()
            pause.take()
        }
        for (index, piece) in arriving.enumerated() {
            let (count, bits) = try batch.received(index, from: piece.from)
            try piece.tag.check(bits, from: piece.from, at: rank)
            guard count == piece.bytes.count else {
                throw MessagePassingError(
                    rank: rank,
                    peer: piece.from,
                    "expected a message of \(piece.bytes.count) bytes, found \(count)"
                )
            }
        }
    }

    /// Cuts a message into pieces that MPI can count; an empty message is one empty piece.
    private func pieces(of count: Int) -> [(range: Range<Int>, isLast: Bool)] {
        guard count > pieceLength else { return [(0..<count, true)] }
        return stride(from: 0, to: count, by: pieceLength).map { start in
            let end = min(start + pieceLength, count)
            return (start..<end, end == count)
        }
    }

    /// Says goodbye to the watching ranks as well: see `Heartbeats`.
    package func finish() throws {
        defer { Heartbeats.stop() }
        try state.withLock { state in
            if case .finished = state { return }
            state = .finished
            try gate.inside { try checkMPI(cmpi_finalize(), rank: rank, peer: nil) }
        }
    }

    package func abort(status: Int32) -> Never {
        // Whatever else fails or waits: two seconds from now this process is gone.
        exitLater(status, seconds: 2)
        Heartbeats.stop(isEndingJob: true)
        fflush(nil)
        // Told by MPI_Abort, mpirun can lock up while it ends, and then heeds no SIGTERM: five of 180 times on a busy
        // machine (Open MPI 4.1.4, in PMIx_server_finalize); where a rank just left, none of 360.
        if !launcherEndsJob {
            // MPI serves one thread at a time, and this may be another than the one that is waiting for a message.
            if gate.close(within: 0.5) { cmpi_abort(status) }
        }
        _exit(status)
    }
}
