import MessagePassing

extension TransportSuite {
    /// Sends thirty messages around the ring of ranks, one after the other, and expects each to arrive as it was sent.
    ///
    /// All are of one length, and one in ten has the same bytes as the last: nothing but its number tells it apart.
    package static func passMessages(on transport: any Transport) throws {
        let next = (transport.rank + 1) % transport.size
        let previous = (transport.rank + transport.size - 1) % transport.size
        for number in 0..<30 {
            let purpose = number - (number % 10 == 9 ? 1 : 0)
            let received = try exchange(
                transport,
                sends: [(pattern(transport.rank, purpose, count: 16), next)],
                receives: [(16, previous)]
            )
            try require(received[0] == pattern(previous, purpose, count: 16), "message \(number) is another")
        }
    }
}
