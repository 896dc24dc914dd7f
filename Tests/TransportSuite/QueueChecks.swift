import Glibc
import MessagePassing
import Synchronization

let queueChecks: [TransportCheck] = [
    TransportCheck(name: "queued exchanges arrive in order while their ranks do something else") {
        transport in
        let queue = ExchangeQueue(transport)
        let buffers = QueueBuffers(count: 12, parts: transport.size)
        for place in 0..<12 { buffers.fill(place, transport.rank) }
        let finished = Mutex<[Int]>([])
        let pending = (0..<12).map { place in
            // One rank at a time is late.
            if place % transport.size == transport.rank { usleep(2_000) }
            return queue.begin(transport.allGatherRounds(buffers[place], parts: buffers.parts(place))) {
                // Not before all is there, nor after the next has begun.
                if buffers.isWhole(place) { finished.withLock { $0.append(place) } }
            }
        }
        for (place, exchange) in pending.enumerated().reversed() {
            try exchange.finish()
            try require(exchange.isOver && buffers.isWhole(place), "exchange \(place)")
        }
        try require(finished.withLock { $0 } == Array(0..<12), "\(finished.withLock { $0 })")
        // The transport is free again.
        try transport.barrier()
    },
    TransportCheck(name: "an exchange of nothing is over at once") { transport in
        let exchange = ExchangeQueue(transport).begin([ExchangeRound(sends: [], receives: [])])
        try require(exchange.isOver, "it is not")
        try exchange.finish()
    },
]

/// Buffers of every rank's bytes, from a few to two million.
private final class QueueBuffers: @unchecked Sendable {
    private let buffers: [UnsafeMutableRawBufferPointer]
    private let ranks: Int

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
