/// A round's messages as MPI carries them.
final class MPIRound: PostedRound {
    struct Arriving {
        let bytes: UnsafeMutableRawBufferPointer
        let from: Int
        let tag: MessageTag
    }

    struct Leaving {
        let bytes: UnsafeRawBufferPointer
        let to: Int
        let tag: MessageTag
    }

    private let transport: MPITransport
    private var batch: MPIBatch?
    private let arriving: [Arriving]
    /// To other ranks.
    private let bytesSent: Int

    var byteCount: Int { batch?.byteCount ?? 0 }

    /// To be called where MPI may be.
    init(_ transport: MPITransport, _ channel: Int, _ arriving: [Arriving], _ leaving: [Leaving]) throws {
        self.transport = transport
        self.arriving = arriving
        bytesSent = leaving.reduce(0) { $0 + ($1.to == transport.rank ? 0 : $1.bytes.count) }
        let capacity = arriving.count + leaving.count
        let batch = try MPIBatch(capacity: capacity, channel: channel, rank: transport.rank)
        self.batch = batch
        // Receives first: a message whose place is known arrives without a copy.
        for piece in arriving { try batch.receive(piece.bytes, from: piece.from) }
        for piece in leaving { try batch.send(piece.bytes, to: piece.to, tag: piece.tag.bits) }
    }

    /// Of messages that are still on their way MPI has to be told.
    deinit {
        if batch != nil { transport.gate.inside { batch = nil } }
    }

    func isDone() throws -> Bool {
        guard let batch else { return true }
        try transport.whileOpen { _ in
            guard try batch.isDone() else { return }
            for (index, piece) in arriving.enumerated() { try check(piece, index, batch) }
            self.batch = nil
        }
        guard self.batch == nil else { return false }
        transport.count(sent: bytesSent)
        return true
    }

    private func check(_ piece: Arriving, _ index: Int, _ batch: MPIBatch) throws {
        let (count, bits) = try batch.received(index, from: piece.from)
        try piece.tag.check(bits, from: piece.from, at: transport.rank)
        guard count == piece.bytes.count else {
            throw MessagePassingError(
                rank: transport.rank,
                peer: piece.from,
                "expected a message of \(piece.bytes.count) bytes, found \(count)"
            )
        }
    }
}
