import Diagnostics
import Files

/// The directory of a zip file: stored and deflated members, zip64 too.
///
/// Source: PKWARE's APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end).
package struct ZipArchive: Sendable {
    /// Where a member's bytes lie in the file.
    package struct Member: Sendable, Equatable {
        package enum Method: Sendable { case stored, deflated }

        /// Its bytes as they are stored, counted from the beginning of the file.
        package let range: Range<Int>
        package let method: Method
        /// CRC-32 of the bytes when they are unpacked.
        package let checksum: UInt
        /// File and member, for messages.
        package let path: String
    }

    private struct Entry {
        let name: String
        let flags: Int
        let method: Int
        let checksum: UInt
        var compressedSize: Int
        var size: Int
        var headerOffset: Int
    }

    package let file: MappedFile
    private var entries: [Entry] = []
    /// Where in the directory each name stands.
    private var places: [String: [Int]] = [:]

    package var names: [String] { entries.map(\.name) }

    package init(_ file: MappedFile) throws(ArchiveError) {
        self.file = file
        let (count, start) = try directory()
        var position = start
        for index in 0..<count {
            let entry = try entry(at: &position)
            entries.append(entry)
            places[entry.name, default: []].append(index)
        }
    }

    /// Whether a member of that name is listed.
    package func contains(_ name: String) -> Bool { places[name] != nil }

    /// A member, found by its name and checked against its local header.
    ///
    /// - Throws: `ArchiveError` where there is none or several of that name, or it is encrypted or packed in a way that
    ///   this program does not know.
    package func member(_ name: String) throws(ArchiveError) -> Member {
        guard let indexes = places[name], indexes.count == 1 else {
            let all = names.sorted().prefix(8).joined(separator: ", ")
            throw ArchiveError(
                file.path,
                expected: "one member \(name.abridged)",
                found: "\(places[name]?.count ?? 0) among \(all.abridged)"
            )
        }
        let entry = entries[indexes[0]]
        let path = "\(file.path) (\(name))"
        guard entry.flags & 1 == 0 else {
            throw ArchiveError(path, expected: "data that is not encrypted", found: "encrypted data")
        }
        let header = entry.headerOffset
        guard try number(header, 4) == 0x0403_4B50 else { throw corrupt("a local header at byte \(header)") }
        let start = header + 30 + (try number(header + 26, 2)) + (try number(header + 28, 2))
        guard start <= file.bytes.count, entry.compressedSize <= file.bytes.count - start else {
            throw corrupt("\(entry.compressedSize) bytes of \(name.abridged) from byte \(start) on")
        }
        let method: Member.Method
        switch entry.method {
        case 0: method = .stored
        case 8: method = .deflated
        default:
            throw ArchiveError(
                path,
                expected: "a stored or deflated member",
                found: "method \(entry.method)"
            )
        }
        return Member(
            range: start..<start + entry.compressedSize,
            method: method,
            checksum: entry.checksum,
            path: path
        )
    }

    /// Most bytes that a packed member becomes: a few bytes must not fill memory.
    private static let mostUnpacked = 1 << 24

    /// The bytes of a small member, unpacked.
    ///
    /// - Throws: `ArchiveError` where it is longer than `most`, or not what its checksum says.
    package func contents(of name: String, most: Int) throws(ArchiveError) -> [UInt8] {
        let member = try member(name)
        guard member.range.count <= most else {
            throw ArchiveError(
                member.path,
                expected: "at most \(most >> 20) MB",
                found: "\(member.range.count >> 20) MB"
            )
        }
        let packed = UnsafeRawBufferPointer(rebasing: file.bytes[member.range])
        guard member.method == .deflated else { return Array(packed) }
        let inflater = try Inflater(packed, wrapping: .none, path: member.path)
        let bytes = try inflater.whole(most: min(most, Self.mostUnpacked))
        guard inflater.checksum == member.checksum else {
            throw ArchiveError(member.path, expected: "the checksum in its directory", found: "another")
        }
        return bytes
    }

    /// Where the central directory begins and how many members it lists.
    private func directory() throws(ArchiveError) -> (count: Int, start: Int) {
        // The end record is the last thing in the file but for a comment of up to 65,535 bytes.
        let last = file.bytes.count - 22
        var end = last
        while end >= max(last - 65_535, 0) {
            if try number(end, 4) == 0x0605_4B50, try number(end + 20, 2) == last - end { break }
            end -= 1
        }
        guard end >= max(last - 65_535, 0) else {
            throw ArchiveError(
                file.path,
                expected: "a zip file",
                found: "no directory at its end: cut short?"
            )
        }
        let (count, start) = (try number(end + 10, 2), try number(end + 16, 4))
        guard count == 0xFFFF || start == 0xFFFF_FFFF else { return (count, start) }
        let locator = end - 20
        guard locator >= 0, try number(locator, 4) == 0x0706_4B50 else { return (count, start) }
        let record = try number(locator + 8, 8)
        guard try number(record, 4) == 0x0606_4B50 else {
            throw corrupt("a zip64 end record at byte \(record)")
        }
        return (try number(record + 32, 8), try number(record + 48, 8))
    }

    private func entry(at position: inout Int) throws(ArchiveError) -> Entry {
        let start = position
        guard try number(start, 4) == 0x0201_4B50 else { throw corrupt("a directory entry at byte \(start)") }
        let nameEnd = start + 46 + (try number(start + 28, 2))
        let extraEnd = nameEnd + (try number(start + 30, 2))
        position = extraEnd + (try number(start + 32, 2))
        guard position <= file.bytes.count else { throw corrupt("a whole directory entry at byte \(start)") }
        var entry = Entry(
            name: String(decoding: file.bytes[start + 46..<nameEnd], as: UTF8.self),
            flags: try number(start + 8, 2),
            method: try number(start + 10, 2),
            checksum: UInt(try number(start + 16, 4)),
            compressedSize: try number(start + 20, 4),
            size: try number(start + 24, 4),
            headerOffset: try number(start + 42, 4)
        )
        try widen(&entry, extra: nameEnd..<extraEnd)
        return entry
    }

    /// Takes sizes that do not fit into 32 bits from the zip64 part of the extra data.
    private func widen(_ entry: inout Entry, extra: Range<Int>) throws(ArchiveError) {
        var position = extra.lowerBound
        while position + 4 <= extra.upperBound {
            let (kind, length) = (try number(position, 2), try number(position + 2, 2))
            position += 4
            guard length <= extra.upperBound - position else { throw corrupt("whole extra data") }
            defer { position += length }
            guard kind == 1 else { continue }
            var field = position
            for path in [\Entry.size, \Entry.compressedSize, \Entry.headerOffset]
            where entry[keyPath: path] == 0xFFFF_FFFF {
                guard field + 8 <= position + length else { throw corrupt("whole zip64 data") }
                entry[keyPath: path] = try number(field, 8)
                field += 8
            }
        }
    }

    /// A little-endian number of `size` bytes; refuses what does not fit into an Int.
    private func number(_ offset: Int, _ size: Int) throws(ArchiveError) -> Int {
        guard offset >= 0, offset <= file.bytes.count - size else {
            throw corrupt("\(size) bytes at byte \(offset)")
        }
        let value = file.bytes[offset..<offset + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw corrupt("a number below 2⁶³ at byte \(offset)") }
        return number
    }

    private func corrupt(_ expected: String) -> ArchiveError {
        ArchiveError(file.path, expected: expected, found: "something else: not a sound zip file")
    }
}
