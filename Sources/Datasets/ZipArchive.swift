import Files

/// The directory of a zip file, as far as .npz files need it: stored and deflated members, zip64 too.
///
/// Source: PKWARE's APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end).
struct ZipArchive {
    private struct Member {
        let name: String
        let flags: Int
        let method: Int
        let checksum: UInt
        var compressedSize: Int
        var size: Int
        var headerOffset: Int
    }

    private let file: MappedFile
    private var members: [Member] = []

    var names: [String] { members.map(\.name) }

    init(_ file: MappedFile) throws(DatasetError) {
        self.file = file
        let (count, start) = try directory()
        var position = start
        for _ in 0..<count { members.append(try member(at: &position)) }
    }

    /// The bytes of a member, ready to be read from its front.
    func source(_ name: String) throws(DatasetError) -> ArraySource {
        let found = members.filter { $0.name == name }
        guard found.count == 1, let member = found.first else {
            let all = names.sorted().prefix(8).joined(separator: ", ")
            throw DatasetError(
                file.path,
                expected: "one array \(name)",
                found: "\(found.count) among \(all.abridged)"
            )
        }
        let path = "\(file.path) (\(name))"
        guard member.flags & 1 == 0 else {
            throw DatasetError(path, expected: "data that is not encrypted", found: "encrypted data")
        }
        let header = member.headerOffset
        guard try number(header, 4) == 0x0403_4B50 else { throw corrupt("a local header at byte \(header)") }
        let start = header + 30 + (try number(header + 26, 2)) + (try number(header + 28, 2))
        guard start <= file.bytes.count, member.compressedSize <= file.bytes.count - start else {
            throw corrupt("\(member.compressedSize) bytes of \(name) from byte \(start) on")
        }
        let range = start..<start + member.compressedSize
        switch member.method {
        case 0: return ArraySource(file, range, path: path)
        case 8:
            return try ArraySource(file, range, path: path, wrapping: .none, checksum: member.checksum)
        default:
            throw DatasetError(
                path,
                expected: "a stored or deflated member",
                found: "method \(member.method)"
            )
        }
    }

    /// Where the central directory begins and how many members it lists.
    private func directory() throws(DatasetError) -> (count: Int, start: Int) {
        // The end record is the last thing in the file but for a comment of up to 65,535 bytes.
        let last = file.bytes.count - 22
        var end = last
        while end >= max(last - 65_535, 0) {
            if try number(end, 4) == 0x0605_4B50, try number(end + 20, 2) == last - end { break }
            end -= 1
        }
        guard end >= max(last - 65_535, 0) else {
            throw DatasetError(file.path, expected: "a zip file (.npz)", found: "no directory at its end")
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

    private func member(at position: inout Int) throws(DatasetError) -> Member {
        let start = position
        guard try number(start, 4) == 0x0201_4B50 else { throw corrupt("a directory entry at byte \(start)") }
        let nameEnd = start + 46 + (try number(start + 28, 2))
        let extraEnd = nameEnd + (try number(start + 30, 2))
        position = extraEnd + (try number(start + 32, 2))
        guard position <= file.bytes.count else { throw corrupt("a whole directory entry at byte \(start)") }
        var member = Member(
            name: String(decoding: file.bytes[start + 46..<nameEnd], as: UTF8.self),
            flags: try number(start + 8, 2),
            method: try number(start + 10, 2),
            checksum: UInt(try number(start + 16, 4)),
            compressedSize: try number(start + 20, 4),
            size: try number(start + 24, 4),
            headerOffset: try number(start + 42, 4)
        )
        try widen(&member, extra: nameEnd..<extraEnd)
        return member
    }

    /// Takes sizes that do not fit into 32 bits from the zip64 part of the extra data.
    private func widen(_ member: inout Member, extra: Range<Int>) throws(DatasetError) {
        var position = extra.lowerBound
        while position + 4 <= extra.upperBound {
            let (kind, length) = (try number(position, 2), try number(position + 2, 2))
            position += 4
            guard length <= extra.upperBound - position else { throw corrupt("whole extra data") }
            defer { position += length }
            guard kind == 1 else { continue }
            var field = position
            for path in [\Member.size, \Member.compressedSize, \Member.headerOffset]
            where member[keyPath: path] == 0xFFFF_FFFF {
                guard field + 8 <= position + length else { throw corrupt("whole zip64 data") }
                member[keyPath: path] = try number(field, 8)
                field += 8
            }
        }
    }

    /// A little-endian number of `size` bytes; refuses what does not fit into an Int.
    private func number(_ offset: Int, _ size: Int) throws(DatasetError) -> Int {
        guard offset >= 0, offset <= file.bytes.count - size else {
            throw corrupt("\(size) bytes at byte \(offset)")
        }
        let value = file.bytes[offset..<offset + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw corrupt("a number below 2⁶³ at byte \(offset)") }
        return number
    }

    private func corrupt(_ expected: String) -> DatasetError {
        DatasetError(file.path, expected: expected, found: "something else: not a sound zip file")
    }
}
