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
        precondition(parts.count == size)
        precondition(parts.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= buffer.count })
        let total = parts.reduce(0) { $0 + $1.count }
        if size > 2, total >= ringThreshold {
            try ringAllGather(buffer, parts: parts)
        } else {
            try directAllGather(buffer, parts: parts)
        }
    }

    private func directAllGather(_ buffer: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws {
        let own = UnsafeRawBufferPointer(rebasing: buffer[parts[rank]])
        // Everyone starts with the rank after its own, so that no rank is everyone's first target.
        let others = (1..<max(size, 1)).map { (rank + $0) % size }
        try exchange(
            sends: own.isEmpty ? [] : others.map { Outgoing(bytes: own, to: $0) },
            receives: others.filter { !parts[$0].isEmpty }.map { other in
                Incoming(bytes: .init(rebasing: buffer[parts[other]]), from: other)
            }
        )
    }

    private func ringAllGather(_ buffer: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws {
        let next = (rank + 1) % size
        let previous = (rank - 1 + size) % size
        for round in 0..<size - 1 {
            let onward = parts[(rank - round + size) % size]
            let arriving = parts[(previous - round + size) % size]
            try exchange(
                sends: onward.isEmpty
                    ? [] : [Outgoing(bytes: .init(rebasing: buffer[onward]), to: next)],
                receives: arriving.isEmpty
                    ? [] : [Incoming(bytes: .init(rebasing: buffer[arriving]), from: previous)]
            )
        }
    }
}
