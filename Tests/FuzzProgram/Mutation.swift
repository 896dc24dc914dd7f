import Randomness

/// Small changes of a file.
enum Mutation {
    /// One to four changes; `other` is a file that parts are taken from.
    static func change(_ bytes: [UInt8], with other: [UInt8], _ stream: inout RandomStream) -> [UInt8] {
        var bytes = bytes
        for _ in 0...stream.index(below: 4) { once(&bytes, other, &stream) }
        return bytes
    }

    private static func once(_ bytes: inout [UInt8], _ other: [UInt8], _ stream: inout RandomStream) {
        guard !bytes.isEmpty else {
            bytes = other
            return
        }
        let place = stream.index(below: bytes.count)
        let end = min(place + 1 + stream.index(below: 16), bytes.count)
        switch stream.index(below: 8) {
        case 0: bytes[place] ^= 1 << UInt8(stream.index(below: 8))
        case 1: bytes[place] = UInt8(stream.index(below: 256))
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 5:
            // Numbers at the ends of their types.
            let byte: UInt8 = [0, 0x7F, 0x80, 0xFF][stream.index(below: 4)]
            for index in place..<min(place + [1, 2, 4, 8][stream.index(below: 4)], bytes.count) {
                bytes[index] = byte
            }
        case 6:
            // Text's numbers.
            let digits = bytes[place...].prefix { (48...57).contains($0) }
            let numbers = ["0", "-1", "4294967296", "9223372036854775807", "18446744073709551616", "1e999"]
            bytes.replaceSubrange(digits.indices, with: numbers[stream.index(below: numbers.count)].utf8)
        default:
            guard !other.isEmpty else { return }
            let start = stream.index(below: other.count)
            bytes.replaceSubrange(place..<end, with: other[start..<min(start + 32, other.count)])
        }
    }
}
