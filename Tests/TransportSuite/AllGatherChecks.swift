import MessagePassing

let allGatherChecks: [TransportCheck] = [
    TransportCheck(name: "all-gather of uneven, odd and empty parts") { transport in
        let size = transport.size
        try checkAllGather(transport, lengths: (0..<size).map { _ in 0 })
        try checkAllGather(transport, lengths: (0..<size).map { $0 * 37 + 1 })
        try checkAllGather(transport, lengths: (0..<size).map { $0 == size / 2 ? 5_003 : 0 })
        try checkAllGather(transport, lengths: (0..<size).map { $0.isMultiple(of: 2) ? 0 : 65_537 })
        try checkAllGather(transport, lengths: (0..<size).map { $0 * 500_009 + 1_000_003 })
        try checkAllGather(transport, lengths: (0..<size).map { $0 == 0 ? 3_000_001 : 0 })
    },
    TransportCheck(name: "all-gather of 64 MB in uneven parts") { transport in
        var lengths = (0..<transport.size).map { _ in (64 << 20) / transport.size }
        lengths[0] += 1_234_567
        lengths[transport.size - 1] -= 1_234_567
        try checkAllGather(transport, lengths: lengths)
    },
    TransportCheck(name: "all-gather leaves bytes outside the parts alone") { transport in
        let size = transport.size
        // Parts of 3 bytes with gaps of 2 between them.
        var buffer = [UInt8](repeating: 0xEE, count: size * 5)
        let parts = (0..<size).map { $0 * 5..<$0 * 5 + 3 }
        for index in parts[transport.rank] { buffer[index] = UInt8(transport.rank) }
        try buffer.withUnsafeMutableBytes { try transport.allGather($0, parts: parts) }
        let expected = (0..<size).flatMap { rank -> [UInt8] in
            let value = UInt8(rank)
            return [value, value, value, 0xEE, 0xEE]
        }
        try require(buffer == expected, "\(buffer)")
    },
    TransportCheck(name: "all-gather's bytes sent are balanced") { transport in
        let part = 1 << 20
        let size = transport.size
        var buffer = [UInt8](repeating: UInt8(transport.rank), count: part * size)
        let before = transport.bytesSent
        try buffer.withUnsafeMutableBytes { bytes in
            try transport.allGather(bytes, parts: (0..<size).map { $0 * part..<($0 + 1) * part })
        }
        let sent = transport.bytesSent - before
        try require(sent == part * (size - 1), "expected \(part * (size - 1)) bytes sent, found \(sent)")
    },
]

/// Fills rank r's part with r's own bytes (a counter that starts at r) and expects all parts so afterwards.
private func checkAllGather(_ transport: any Transport, lengths: [Int]) throws {
    var parts: [Range<Int>] = []
    for length in lengths {
        let start = parts.last?.upperBound ?? 0
        parts.append(start..<start + length)
    }
    let total = parts.last?.upperBound ?? 0
    var buffer = [UInt8](repeating: 0xFF, count: total)
    let wrong = try buffer.withUnsafeMutableBytes { bytes -> Int? in
        for index in parts[transport.rank] {
            bytes[index] = UInt8(truncatingIfNeeded: transport.rank &+ index &* 31)
        }
        try transport.allGather(bytes, parts: parts)
        for (rank, part) in parts.enumerated() {
            for index in part where bytes[index] != UInt8(truncatingIfNeeded: rank &+ index &* 31) {
                return index
            }
        }
        return nil
    }
    try require(wrong == nil, "parts \(lengths): wrong at byte \(wrong ?? 0)")
}
