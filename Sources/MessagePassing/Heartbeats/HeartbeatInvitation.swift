/// How the other ranks reach the coordinator: broadcast by it when watching starts.
struct HeartbeatInvitation: Equatable {
    /// Seconds of silence after which a rank counts as lost; the coordinator's word goes for all.
    var timeout: Double
    var port: UInt16
    var token: [UInt8]
    var hostName: String
    /// Numeric, IPv4 and IPv6.
    var addresses: [String]

    /// Fields parted by zero bytes, which none of them holds.
    var bytes: [UInt8] {
        let digits = token.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        let fields = ["heartbeats 1", "\(timeout)", "\(port)", digits, hostName] + addresses
        return Array(fields.joined(separator: "\0").utf8)
    }

    init(timeout: Double, port: UInt16, token: [UInt8], hostName: String, addresses: [String]) {
        self.timeout = timeout
        self.port = port
        self.token = token
        self.hostName = hostName
        self.addresses = addresses
    }

    /// Nil where there is no invitation, or none of this version.
    init?(_ bytes: [UInt8]) {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count >= 5, fields[0] == "heartbeats 1", let timeout = Double(fields[1]),
            timeout.isFinite, timeout > 0, let port = UInt16(fields[2]), fields[3].utf8.count == 32
        else { return nil }
        let digits = Array(fields[3].utf8)
        let token = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        guard token.count == HeartbeatFrame.tokenByteCount else { return nil }
        self.init(
            timeout: timeout,
            port: port,
            token: token,
            hostName: fields[4],
            addresses: Array(fields[5...])
        )
    }

    /// Where a rank on `host` should knock, the likeliest address first.
    func addresses(from host: String) -> [String] {
        host == hostName ? ["127.0.0.1"] + addresses : addresses
    }
}
