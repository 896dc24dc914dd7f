extension Transport {
    /// Returns when every rank has called it.
    ///
    /// By dissemination: in round i a rank hears of 2ⁱ more ranks, log₂ R rounds in all.
    package func barrier() throws {
        let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        var distance = 1
        while distance < size {
            try exchange(
                sends: [Outgoing(bytes: .init(nothing), to: (rank + distance) % size)],
                receives: [Incoming(bytes: nothing, from: (rank - distance + size) % size)]
            )
            distance *= 2
        }
    }

    /// Gives every rank the bytes of `root`, down a binomial tree.
    ///
    /// `bytes` is the message at `root`, nil elsewhere.
    package func broadcast(_ bytes: [UInt8]?, from root: Int = 0) throws -> [UInt8] {
        precondition((0..<size).contains(root) && (bytes != nil) == (rank == root))
        let place = (rank - root + size) % size
        // The lowest set bit of a rank's place says who its parent is; the bits below it are its children.
        var bit = 1
        while bit < size, place & bit == 0 { bit *= 2 }
        let message = try bytes ?? receiveMessage(from: (rank - bit + size) % size)
        var children: [Int] = []
        while bit > 1 {
            bit /= 2
            if place + bit < size { children.append((rank + bit) % size) }
        }
        try sendMessage(message, to: children)
        return message
    }

    /// Brings every rank's bytes to `root`, in rank order; nil at the other ranks.
    package func gather(_ bytes: [UInt8], to root: Int = 0) throws -> [[UInt8]]? {
        precondition((0..<size).contains(root))
        guard rank == root else {
            try sendMessage(bytes, to: [root])
            return nil
        }
        let others = (0..<size).filter { $0 != root }
        var messages = try receiveMessages(from: others)
        messages.insert(bytes, at: root)
        return messages
    }

    /// Sends a message of any length: 8 bytes that hold its length, then its bytes.
    private func sendMessage(_ message: [UInt8], to receivers: [Int]) throws {
        guard !receivers.isEmpty else { return }
        var length = UInt64(message.count).littleEndian
        try withUnsafeBytes(of: &length) { header in
            try message.withUnsafeBytes { body in
                let sends = receivers.flatMap { receiver in
                    [Outgoing(bytes: header, to: receiver), Outgoing(bytes: body, to: receiver)]
                }
                try exchange(sends: sends, receives: [])
            }
        }
    }

    private func receiveMessage(from sender: Int) throws -> [UInt8] {
        try receiveMessages(from: [sender])[0]
    }

    /// Takes one message of `sendMessage` from each of `senders`, in their order.
    private func receiveMessages(from senders: [Int]) throws -> [[UInt8]] {
        var lengths = [UInt64](repeating: 0, count: senders.count)
        try lengths.withUnsafeMutableBytes { bytes in
            let receives = senders.enumerated().map { index, sender in
                Incoming(bytes: .init(rebasing: bytes[index * 8..<(index + 1) * 8]), from: sender)
            }
            try exchange(sends: [], receives: receives)
        }
        var places: [Range<Int>] = []
        var total = 0
        for (length, sender) in zip(lengths.map(UInt64.init(littleEndian:)), senders) {
            guard length <= 1 << 40 else {
                throw MessagePassingError(
                    rank: rank,
                    peer: sender,
                    "expected a message's length, found \(length): the ranks' calls do not match"
                )
            }
            places.append(total..<total + Int(length))
            total += Int(length)
        }
        let bytes = try [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            let receives = zip(places, senders).map { place, sender in
                Incoming(bytes: .init(rebasing: raw[place]), from: sender)
            }
            try exchange(sends: [], receives: receives)
            count = total
        }
        return places.map { Array(bytes[$0]) }
    }
}
