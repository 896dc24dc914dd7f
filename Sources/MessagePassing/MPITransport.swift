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
    private let state = Mutex(State.open)

    private enum State {
        case open
        case broken
        case finished
    }

    private let pieceLength: Int

    /// MPI counts in Int32; a longer message travels in pieces, each but the last tagged `more`.
    package static let longestPiece = 1 << 30
    private static let last: Int32 = 0
    private static let more: Int32 = 1

    package var bytesSent: Int { sent.load(ordering: .relaxed) }

    /// Starts MPI: once in a process, and only in one that mpirun or srun has launched.
    ///
    /// `expectedSize` is the number of ranks that the launcher announced, where it did: a program that was built for
    /// another MPI sees itself as rank 0 of 1 instead. `pieceLength` is the longest message that MPI gets to see, the
    /// same on all ranks.
    package init(expectedSize: Int?, pieceLength: Int = longestPiece) throws {
        precondition((1...Self.longestPiece).contains(pieceLength))
        self.pieceLength = pieceLength
        guard cmpi_is_available() else {
            throw MessagePassingError(
                rank: 0,
                "launched by mpirun, but this program was built without MPI: install libopenmpi-dev and build again"
            )
        }
        var (rank, size): (Int32, Int32) = (0, 1)
        var threadLevelMet = false
        let status = cmpi_init(&rank, &size, &threadLevelMet)
        self.rank = Int(rank)
        self.size = Int(size)
        hostName = localHostName()
        guard status == 0 else {
            throw MessagePassingError(rank: Int(rank), "MPI does not start: \(errorText(status))")
        }
        guard threadLevelMet else {
            throw MessagePassingError(
                rank: Int(rank),
                "expected an MPI library that serves one thread at a time (MPI_THREAD_SERIALIZED), found less"
            )
        }
        if let expectedSize, expectedSize != Int(size) {
            throw MessagePassingError(
                rank: Int(rank),
                """
                the launcher started \(expectedSize) ranks, but this program's MPI library sees \(size): use the \
                mpirun of the MPI that the program was built with
                """
            )
        }
    }

    package func exchange(sends: [Outgoing], receives: [Incoming]) throws {
        precondition(sends.allSatisfy { (0..<size).contains($0.to) })
        precondition(receives.allSatisfy { (0..<size).contains($0.from) })
        guard !sends.isEmpty || !receives.isEmpty else { return }
        try state.withLock { state in
            guard case .open = state else {
                throw MessagePassingError(rank: rank, "no more messages after an error or the end")
            }
            do {
                try exchangeInPieces(sends: sends, receives: receives)
            } catch {
                state = .broken
                throw error
            }
        }
        let bytes = sends.reduce(0) { $0 + ($1.to == rank ? 0 : $1.bytes.count) }
        sent.wrappingAdd(bytes, ordering: .relaxed)
    }

    private func exchangeInPieces(sends: [Outgoing], receives: [Incoming]) throws {
        let arriving = receives.flatMap { receive in
            pieces(of: receive.bytes.count).map { range, tag in
                (bytes: receive.bytes[range], from: receive.from, tag: tag)
            }
        }
        let leaving = sends.flatMap { send in
            pieces(of: send.bytes.count).map { range, tag in
                (bytes: send.bytes[range], to: send.to, tag: tag)
            }
        }
        guard let batch = cmpi_batch_create(Int32(arriving.count + leaving.count)) else {
            throw MessagePassingError(rank: rank, "no memory for \(arriving.count + leaving.count) messages")
        }
        defer { cmpi_batch_free(batch) }
        // Receives first: a message whose place is known arrives without a copy.
        for piece in arriving {
            let bytes = UnsafeMutableRawBufferPointer(rebasing: piece.bytes)
            try check(
                cmpi_batch_receive(batch, bytes.baseAddress, Int32(bytes.count), Int32(piece.from)),
                peer: piece.from
            )
        }
        for piece in leaving {
            let bytes = UnsafeRawBufferPointer(rebasing: piece.bytes)
            try check(
                cmpi_batch_send(batch, bytes.baseAddress, Int32(bytes.count), Int32(piece.to), piece.tag),
                peer: piece.to
            )
        }
        let peers = arriving.map(\.from) + leaving.map(\.to)
        let bytes = (arriving.map(\.bytes.count) + leaving.map(\.bytes.count)).reduce(0, +)
        try wait(for: batch, peers: peers, bytes: bytes)
        for (index, piece) in arriving.enumerated() {
            var (count, tag): (Int32, Int32) = (0, 0)
            try check(cmpi_batch_received(batch, Int32(index), &count, &tag), peer: piece.from)
            guard Int(count) == piece.bytes.count, tag == piece.tag else {
                throw MessagePassingError(
                    rank: rank,
                    peer: piece.from,
                    """
                    expected a message of \(piece.bytes.count) bytes\(piece.tag == Self.more ? " and more" : ""), \
                    found \(count)\(tag == Self.more ? " and more" : "")
                    """
                )
            }
        }
    }

    private func wait(for batch: OpaquePointer, peers: [Int], bytes: Int) throws {
        var pause = Pause(bytes: bytes)
        while true {
            var done = false
            var failed: Int32 = -1
            let status = cmpi_batch_test(batch, &done, &failed)
            try check(status, peer: peers.indices.contains(Int(failed)) ? peers[Int(failed)] : nil)
            if done { return }
            pause.take()
        }
    }

    /// Cuts a message into pieces that MPI can count; an empty message is one empty piece.
    private func pieces(of count: Int) -> [(range: Range<Int>, tag: Int32)] {
        guard count > pieceLength else { return [(0..<count, Self.last)] }
        return stride(from: 0, to: count, by: pieceLength).map { start in
            let end = min(start + pieceLength, count)
            return (start..<end, end == count ? Self.last : Self.more)
        }
    }

    package func abort(status: Int32) -> Never {
        fflush(nil)
        cmpi_abort(status)
        _exit(status)
    }

    package func finish() throws {
        try state.withLock { state in
            if case .finished = state { return }
            state = .finished
            try check(cmpi_finalize(), peer: nil)
        }
    }

    private func check(_ status: Int32, peer: Int?) throws {
        guard status != 0 else { return }
        throw MessagePassingError(rank: rank, peer: peer, errorText(status))
    }
}

private func errorText(_ status: Int32) -> String {
    switch status {
    case CMPI_UNAVAILABLE: return "this program was built without MPI"
    case CMPI_NO_MEMORY: return "no memory for a message"
    default: break
    }
    var text = [CChar](repeating: 0, count: 512)
    cmpi_error_text(status, &text, Int32(text.count))
    let characters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return characters.isEmpty ? "MPI error \(status)" : String(decoding: characters, as: UTF8.self)
}
