import Glibc
import MessagePassing
import Synchronization

let queueChecks: [TransportCheck] = [
    TransportCheck(name: "queued exchanges arrive in order while their ranks do something else") {
        transport in
        let queue = ExchangeQueue(transport)
        let buffers = QueueBuffers(count: 12, parts: transport.size)
        for place in 0..<12 { buffers.fill(place, transport.rank) }
        let pending = (0..<12).map { place in
            // One rank at a time is late.
            if place % transport.size == transport.rank { usleep(2_000) }
            return queue.begin(transport.allGatherRounds(buffers[place], parts: buffers.parts(place))) {
                // Not before all is there, nor after the next has ended.
                buffers.noteIfWhole(place)
            }
        }
        for (place, exchange) in pending.enumerated().reversed() {
            try exchange.finish()
            try require(exchange.isOver && buffers.isWhole(place), "exchange \(place)")
        }
        try require(buffers.noted == Array(0..<12), "\(buffers.noted)")
        // The transport is free again.
        try transport.barrier()
    },
    TransportCheck(name: "ranks that have nothing to exchange keep their place in the queue") { transport in
        let queue = ExchangeQueue(transport)
        let buffers = QueueBuffers(count: 9, parts: 2)
        // Two ranks at a time exchange something.
        let pending = (0..<9).map { place in
            let pair = [place % transport.size, (place + 1) % transport.size]
            let nothing = ExchangeRound(sends: [], receives: [])
            guard transport.size > 1, let own = pair.firstIndex(of: transport.rank) else {
                return queue.begin([nothing])
            }
            let other = pair[1 - own]
            let parts = buffers.parts(place)
            buffers.fill(place, own)
            let round = ExchangeRound(
                sends: [Outgoing(bytes: .init(rebasing: buffers[place][parts[own]]), to: other)],
                receives: [Incoming(bytes: .init(rebasing: buffers[place][parts[1 - own]]), from: other)]
            )
            return queue.begin([nothing, round]) { buffers.noteIfWhole(place) }
        }
        for exchange in pending { try exchange.finish() }
        let own = (0..<9).filter { place in
            transport.size > 1
                && [place % transport.size, (place + 1) % transport.size].contains(transport.rank)
        }
        try require(buffers.noted == own, "\(buffers.noted)")
    },
    TransportCheck(name: "an exchange of nothing is soon over") { transport in
        let exchange = ExchangeQueue(transport).begin([ExchangeRound(sends: [], receives: [])])
        try exchange.finish()
        try require(exchange.isOver, "it is not")
    },
]

/// Buffers of every rank's bytes, from a few to two million.
private final class QueueBuffers: @unchecked Sendable {
    private let buffers: [UnsafeMutableRawBufferPointer]
    private let ranks: Int
    private let places = Mutex<[Int]>([])

    init(count: Int, parts: Int) {
        ranks = parts
        buffers = (0..<count).map { place in
            .allocate(byteCount: parts * Self.length(place), alignment: 16)
        }
    }

    deinit { for buffer in buffers { buffer.deallocate() } }

    private static func length(_ place: Int) -> Int { place % 4 == 3 ? 700_001 : 1 + 37 * place }

    subscript(place: Int) -> UnsafeMutableRawBufferPointer { buffers[place] }

    func parts(_ place: Int) -> [Range<Int>] {
        let length = Self.length(place)
        return (0..<ranks).map { $0 * length..<($0 + 1) * length }
    }

    var noted: [Int] { places.withLock { $0 } }

    func noteIfWhole(_ place: Int) {
        if isWhole(place) { places.withLock { $0.append(place) } }
    }

    func fill(_ place: Int, _ rank: Int) {
        let own = UnsafeMutableRawBufferPointer(rebasing: buffers[place][parts(place)[rank]])
        own.copyBytes(from: pattern(rank, place, count: own.count))
    }

    func isWhole(_ place: Int) -> Bool {
        parts(place).enumerated().allSatisfy { rank, part in
            buffers[place][part].elementsEqual(pattern(rank, place, count: part.count))
        }
    }
}
