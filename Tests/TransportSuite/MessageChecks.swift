import MessagePassing

let messageChecks: [TransportCheck] = [
    TransportCheck(name: "messages between two ranks arrive in order") { transport in
        let count = 40
        let next = (transport.rank + 1) % transport.size
        let previous = (transport.rank + transport.size - 1) % transport.size
        // Lengths differ, so that two messages that change places are found even where their contents agree.
        let sent = (0..<count).map { pattern(transport.rank, $0, count: $0 * 3) }
        let received = try exchange(
            transport,
            sends: sent.map { ($0, next) },
            receives: (0..<count).map { ($0 * 3, previous) }
        )
        let expected = (0..<count).map { pattern(previous, $0, count: $0 * 3) }
        try require(received == expected, "out of order")
    },
    TransportCheck(name: "many small exchanges") { transport in
        let next = (transport.rank + 1) % transport.size
        let previous = (transport.rank + transport.size - 1) % transport.size
        for round in 0..<300 {
            let received = try exchange(
                transport,
                sends: [(pattern(transport.rank, round, count: round % 17), next)],
                receives: [(round % 17, previous)]
            )
            try require(received[0] == pattern(previous, round, count: round % 17), "round \(round)")
        }
    },
    TransportCheck(name: "a large message beside small ones") { transport in
        let next = (transport.rank + 1) % transport.size
        let previous = (transport.rank + transport.size - 1) % transport.size
        let large = 5_000_011
        let received = try exchange(
            transport,
            sends: [([1], next), (pattern(transport.rank, 1, count: large), next), ([2], next)],
            receives: [(1, previous), (large, previous), (1, previous)]
        )
        try require(received[0] == [1] && received[2] == [2], "small ones")
        try require(received[1] == pattern(previous, 1, count: large), "large one")
    },
    TransportCheck(name: "storm of messages between all ranks") { transport in
        // Every rank works out the whole traffic from the same numbers, and so knows what it must get.
        for round in 0..<10 {
            let (rank, size) = (transport.rank, transport.size)
            let received = try exchange(
                transport,
                sends: (0..<size).flatMap { to in
                    stormLengths(round, from: rank, to: to).enumerated().map { index, length in
                        (stormMessage(round, from: rank, to: to, index, length), to)
                    }
                },
                receives: (0..<size).flatMap { from in
                    stormLengths(round, from: from, to: rank).map { ($0, from) }
                }
            )
            let expected = (0..<size).flatMap { from in
                stormLengths(round, from: from, to: rank).enumerated().map { index, length in
                    stormMessage(round, from: from, to: rank, index, length)
                }
            }
            try require(received == expected, "round \(round)")
        }
    },
    TransportCheck(name: "bytes sent are counted, those to oneself are not") { transport in
        let before = transport.bytesSent
        let others = (0..<transport.size).filter { $0 != transport.rank }
        let everyone = 0..<transport.size
        _ = try exchange(
            transport,
            sends: everyone.map { (pattern(transport.rank, 0, count: 100 + $0), $0) },
            receives: everyone.map { (100 + transport.rank, $0) }
        )
        let expected = others.reduce(0) { $0 + 100 + $1 }
        let sent = transport.bytesSent - before
        try require(sent == expected, "expected \(expected), found \(sent)")
    },
]

/// Exchanges messages that lie in arrays: (bytes, receiver) out, (length, sender) in.
func exchange(
    _ transport: any Transport,
    sends: [([UInt8], Int)],
    receives: [(Int, Int)]
) throws -> [[UInt8]] {
    let outgoing = sends.map { bytes, to in
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyBytes(from: bytes)
        return Outgoing(bytes: .init(copy), to: to)
    }
    defer { for send in outgoing { send.bytes.deallocate() } }
    let incoming = receives.map { length, from in
        Incoming(bytes: .allocate(byteCount: length, alignment: 16), from: from)
    }
    defer { for receive in incoming { receive.bytes.deallocate() } }
    try transport.exchange(sends: outgoing, receives: incoming)
    return incoming.map { Array($0.bytes) }
}

/// How long the messages are that `from` sends to `to` in a round: up to three, some empty, some of 200 kB.
private func stormLengths(_ round: Int, from: Int, to: Int) -> [Int] {
    let numbers = pattern(from * 64 + to, round &+ 1_000, count: 8)
    return (0..<Int(numbers[0] % 4)).map { index in
        let number = Int(numbers[2 * index + 1]) * 256 + Int(numbers[2 * index + 2])
        return numbers[index] < 40 ? 0 : (numbers[index] > 230 ? number * 3 : number % 3_000)
    }
}

private func stormMessage(_ round: Int, from: Int, to: Int, _ index: Int, _ length: Int) -> [UInt8] {
    pattern(from * 64 + to, round * 4 + index, count: length)
}
