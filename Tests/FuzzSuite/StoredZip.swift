/// A zip file of members that are not packed, for readers of what lies in one.
///
/// The readers believe the checksum only of packed members, so it is left 0.
enum StoredZip {
    static func archive(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in members {
            let start = file.count
            let sizes = number(bytes.count, 4) + number(bytes.count, 4) + number(name.utf8.count, 2)
            // Version, flags, method, time, date, checksum.
            let facts = number(20, 2) + number(0, 12)
            file += number(0x0403_4B50, 4) + facts + sizes + number(0, 2) + name.utf8 + bytes
            directory += number(0x0201_4B50, 4) + number(20, 2) + facts + sizes + number(0, 12)
            directory += number(start, 4) + name.utf8
        }
        let end =
            number(0x0605_4B50, 4) + number(0, 4) + number(members.count, 2) + number(members.count, 2)
            + number(directory.count, 4) + number(file.count, 4) + number(0, 2)
        return file + directory + end
    }

    private static func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }
}
