import Glibc
import MessagePassing

let collectiveChecks: [TransportCheck] = [
    TransportCheck(name: "rank and size") { transport in
        try require((0..<transport.size).contains(transport.rank), "rank \(transport.rank)")
        let ranks = try transport.gather([UInt8(transport.rank)])
        if transport.rank == 0 {
            try require(ranks == (0..<transport.size).map { [UInt8($0)] }, "\(String(describing: ranks))")
        } else {
            try require(ranks == nil, "only the root gets what was gathered")
        }
        try require(!transport.hostName.isEmpty, "no host name")
    },
    TransportCheck(name: "broadcast from every root, of odd lengths") { transport in
        for root in 0..<transport.size {
            for length in [0, 1, 3, 1_021, 70_001] {
                let message = pattern(root, length, count: length)
                let received = try transport.broadcast(transport.rank == root ? message : nil, from: root)
                try require(received == message, "root \(root), \(length) bytes")
            }
        }
    },
    TransportCheck(name: "gather to every root, of different lengths") { transport in
        for root in 0..<transport.size {
            // Rank 0 sends nothing, the others ever more.
            let own = pattern(transport.rank, root, count: transport.rank * 1_031)
            guard let gathered = try transport.gather(own, to: root) else {
                try require(transport.rank != root, "the root got nothing")
                continue
            }
            try require(transport.rank == root, "rank \(transport.rank) is not the root")
            let expected = (0..<transport.size).map { pattern($0, root, count: $0 * 1_031) }
            try require(gathered == expected, "root \(root)")
        }
    },
    TransportCheck(name: "barrier waits for the last") { transport in
        // The suite runs on one machine, whose clock all ranks share.
        for late in 0..<transport.size {
            var entered: [UInt8] = []
            if transport.rank == late {
                usleep(3_000)
                entered = clockBytes()
            }
            try transport.barrier()
            let left = clockValue(clockBytes())
            let lastEntry = clockValue(
                try transport.broadcast(transport.rank == late ? entered : nil, from: late)
            )
            try require(left >= lastEntry, "left \(lastEntry - left) ns before rank \(late) entered")
        }
        for _ in 0..<20 { try transport.barrier() }
    },
]

/// Nanoseconds of the machine's monotonic clock, which all its processes share.
private func clockBytes() -> [UInt8] {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return withUnsafeBytes(of: time.tv_sec * 1_000_000_000 + time.tv_nsec) { Array($0) }
}

private func clockValue(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { $0.count == 8 ? $0.loadUnaligned(as: Int.self) : 0 }
}
