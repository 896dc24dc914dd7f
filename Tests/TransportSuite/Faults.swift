import MessagePassing

extension TransportSuite {
    /// Sends thirty messages from rank 0 to rank 1, one after the other, and expects each to arrive as it was sent.
    ///
    /// All are of one length, and 8 and 9 have the same bytes: nothing but its number tells one from the other.
    package static func passMessages(on transport: any Transport) throws {
        for number in 0..<30 {
            let message = pattern(0, number == 9 ? 8 : number, count: 16)
            if transport.rank == 0 {
                _ = try exchange(transport, sends: [(message, 1)], receives: [])
            } else if transport.rank == 1 {
                let received = try exchange(transport, sends: [], receives: [(16, 0)])
                try require(received[0] == message, "message \(number) is another")
            }
        }
    }
}
