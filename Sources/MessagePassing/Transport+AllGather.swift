/// From this many bytes on, a ring's better use of the links between hosts outweighs its R − 1 rounds.
private let ringThreshold = 1 << 20

extension Transport {
    /// Gives every rank every part of `buffer`, in place.
    ///
    /// On the way in a rank's own part is filled in; on the way out all are. Every rank sends (R − 1)/R of the whole
    /// where the parts are equal. Large buffers go round a ring, so that where consecutive ranks share a host each part
    /// crosses a link between hosts once; small ones go straight to every rank, for there the number of rounds counts.
    ///
    /// `parts` are byte ranges, one per rank, the same on every rank; they may be empty and of any lengths.
    package func allGather(_ buffer: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws {
        for round in allGatherRounds(buffer, parts: parts) { try exchange(round, inBackground: false) }
    }

    /// The same as rounds that are to be exchanged one after the other.
    package func allGatherRounds(
        _ buffer: UnsafeMutableRawBufferPointer,
        parts: [Range<Int>]
    ) -> [ExchangeRound] {
        precondition(parts.count == size)
        precondition(parts.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= buffer.count })
        let total = parts.reduce(0) { $0 + $1.count }
        return size > 2 && total >= ringThreshold ? ring(buffer, parts) : [direct(buffer, parts)]
    }

    private func direct(_ buffer: UnsafeMutableRawBufferPointer, _ parts: [Range<Int>]) -> ExchangeRound {
        // Everyone starts with the rank after its own, so that no rank is everyone's first target.
        let others = (1..<max(size, 1)).map { (rank + $0) % size }
        return ExchangeRound(
            sends: others.flatMap { outgoing(buffer, parts[rank], to: $0) },
            receives: others.flatMap { incoming(buffer, parts[$0], from: $0) }
        )
    }

    private func ring(_ buffer: UnsafeMutableRawBufferPointer, _ parts: [Range<Int>]) -> [ExchangeRound] {
        let next = (rank + 1) % size
        let previous = (rank - 1 + size) % size
        return (0..<size - 1).map { round in
            ExchangeRound(
                sends: outgoing(buffer, parts[(rank - round + size) % size], to: next),
                receives: incoming(buffer, parts[(previous - round + size) % size], from: previous)
            )
        }
    }

    private func outgoing(
        _ buffer: UnsafeMutableRawBufferPointer,
        _ part: Range<Int>,
        to peer: Int
    ) -> [Outgoing] {
        part.isEmpty ? [] : [Outgoing(bytes: .init(rebasing: buffer[part]), to: peer)]
    }

    private func incoming(
        _ buffer: UnsafeMutableRawBufferPointer,
        _ part: Range<Int>,
        from peer: Int
    ) -> [Incoming] {
        part.isEmpty ? [] : [Incoming(bytes: .init(rebasing: buffer[part]), from: peer)]
    }
}
