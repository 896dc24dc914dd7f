/// What follows the protobuf of a message between ranks: its purpose, and a checksum over both.
///
/// Protobuf takes most damaged bytes for other values; with this, damage is found before anything is read.
enum MessageSeal {
    enum Purpose: UInt8 {
        case order = 0x4F
        case report = 0x52
    }

    private static let byteCount = 5

    static func sealed(_ message: [UInt8], _ purpose: Purpose) -> [UInt8] {
        let body = message + [purpose.rawValue]
        let sum = checksum(body)
        return body + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
    }

    /// The message without its seal.
    static func opened(_ bytes: [UInt8], _ purpose: Purpose) throws(MessageError) -> [UInt8] {
        guard bytes.count >= byteCount else { throw MessageError("\(bytes.count) bytes are no message") }
        let body = bytes.dropLast(4)
        let sum = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        guard checksum(body) == sum else {
            throw MessageError("the checksum of \(bytes.count) bytes does not match")
        }
        guard body.last == purpose.rawValue else { throw MessageError("\(purpose) expected, another found") }
        return Array(body.dropLast())
    }

    /// CRC-32 as in Ethernet and zip: finds every change within 32 bits in a row.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { sum, byte in
                table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8)
            }
        }
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
    }
}
