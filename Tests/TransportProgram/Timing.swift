import MessagePassing

/// Prints how long collectives take, on rank 0: figures to choose waiting times and thresholds by.
func timeCollectives(_ transport: any Transport) throws {
    let clock = ContinuousClock()
    func time(_ name: String, rounds: Int, _ body: () throws -> Void) throws {
        try transport.barrier()
        let start = clock.now
        for _ in 0..<rounds { try body() }
        let micros = (clock.now - start) / rounds / .microseconds(1)
        if transport.rank == 0 { print("\(name): \(Int(micros)) µs") }
    }
    try time("barrier", rounds: 200) { try transport.barrier() }
    let order = [UInt8](repeating: 1, count: 4_096)
    try time("broadcast 4 KiB", rounds: 200) {
        _ = try transport.broadcast(transport.rank == 0 ? order : nil)
    }
    try time("gather 4 KiB", rounds: 200) { _ = try transport.gather(order) }
    for mebibytes in [1, 16, 88] {
        let part = (mebibytes << 20) / transport.size
        var buffer = [UInt8](repeating: 1, count: part * transport.size)
        try time("all-gather \(mebibytes) MiB", rounds: 5) {
            try buffer.withUnsafeMutableBytes { bytes in
                let parts = (0..<transport.size).map { $0 * part..<($0 + 1) * part }
                try transport.allGather(bytes, parts: parts)
            }
        }
    }
}
