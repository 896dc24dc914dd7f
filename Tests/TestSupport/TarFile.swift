/// Tar files in ustar's form, as POSIX.1 describes it, written by hand.
package enum TarFile {
    /// An archive of these members, with its end mark.
    package static func archive(_ members: [(name: String, data: [UInt8])]) -> [UInt8] {
        members.flatMap { member($0.name, $0.data) } + [UInt8](repeating: 0, count: 1024)
    }

    /// A header and the data, padded; the name has at most 100 bytes.
    package static func member(_ name: String, _ data: [UInt8]) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: 512)
        record.replaceSubrange(0..<name.utf8.count, with: name.utf8)
        let size = String(data.count, radix: 8)
        let digits = String(repeating: "0", count: 11 - size.count) + size
        record.replaceSubrange(124..<135, with: digits.utf8)
        record[156] = 48
        record.replaceSubrange(257..<263, with: "ustar\0".utf8)
        seal(&record)
        return record + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// Puts the checksum into a header.
    package static func seal(_ record: inout [UInt8]) {
        for place in 148..<156 { record[place] = 32 }
        let sum = String(record[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        record.replaceSubrange(148..<148 + sum.utf8.count + 1, with: Array(sum.utf8) + [0])
    }
}
