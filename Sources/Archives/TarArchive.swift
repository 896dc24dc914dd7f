import Diagnostics
import Files

/// The members of a tar file, uncompressed: POSIX ustar and pax, GNU's long names and large sizes, old V7 archives.
///
/// Sources: POSIX.1-2017, "pax", sections "ustar Interchange Format" and "pax Header Block"; the GNU tar manual,
/// "Basic Tar Format".
package struct TarArchive: Sendable {
    /// A file in the archive.
    package struct Member: Sendable, Equatable {
        package let name: String
        /// Its bytes, counted from the beginning of the tar file.
        package let range: Range<Int>
        /// False for a link, a device and whatever else has no bytes of its own.
        package let isRegular: Bool
    }

    /// How an archive ends: its last member is followed by two records of zeros.
    package enum Ending: Sendable {
        case marked
        /// Where another member should begin, or the end mark: it may have been cut there.
        case unmarked
        /// More members follow the end mark, as where two archives were joined byte by byte.
        case followed
    }

    package let file: MappedFile
    /// In the archive's order; folders are left out.
    package private(set) var members: [Member] = []
    package private(set) var ending = Ending.unmarked

    private static let recordSize = 512
    /// Archives are filled up to whole blocks: of 10,240 bytes usually.
    private static let longestFilling = 1 << 20
    /// Names and pax records are short texts.
    private static let longestText = 1 << 20

    /// What pax and GNU headers say of the member that follows.
    private struct Extension {
        var name: String?
        var size: Int?
    }

    /// Walks through the headers, touching nothing but those.
    package init(_ file: MappedFile) throws(ArchiveError) {
        self.file = file
        guard !file.bytes.isEmpty else { throw Self.foreign(file, .empty) }
        var position = 0
        var next = Extension()
        var common = Extension()
        while position < file.bytes.count {
            guard var header = try position == 0 ? firstHeader() : header(at: position) else {
                ending = hasMember(after: position) ? .followed : .marked
                break
            }
            if !header.isText {
                header.name = next.name ?? common.name ?? header.name
                // Old archives mark a folder by its name alone: the whole one, not what the header has of a long one.
                if header.name.hasSuffix("/"), "0\0".contains(header.kind) { header.kind = "5" }
            }
            let size = header.isRegular || header.isText ? next.size ?? common.size ?? header.size : 0
            let start = position + Self.recordSize
            // The next record begins behind up to 511 bytes of padding.
            let end = size.addingReportingOverflow(Self.recordSize - 1)
            let records = end.partialValue / Self.recordSize
            guard !end.overflow, records <= (file.bytes.count - start) / Self.recordSize else {
                throw ArchiveError(
                    file.path,
                    expected:
                        "\(header.name.abridged) of \(size) bytes from byte \(start) on, padding and an end mark",
                    found: "\(file.bytes.count - start) bytes: the archive was cut short"
                )
            }
            position = start + records * Self.recordSize
            let range = start..<start + size
            switch header.kind {
            case "L": next.name = try text(range)
            case "K": break
            case "x": try read(pax: range, into: &next)
            case "g": try read(pax: range, into: &common)
            case "5", "V": next = Extension()
            case "S", "M", "D":
                throw ArchiveError(
                    file.path,
                    expected: "files stored whole",
                    found: "\(header.name.abridged), of GNU tar's kind \(header.kind)"
                )
            default:
                members.append(Member(name: header.name, range: range, isRegular: header.isRegular))
                next = Extension()
            }
        }
        guard next.name == nil, next.size == nil else {
            throw corrupt("a member after its long name", position)
        }
    }

    private struct Header {
        var name: String
        let size: Int
        var kind: Character

        var isRegular: Bool { "07\0".contains(kind) }
        /// Whether its bytes are about the next member.
        var isText: Bool { "LKxg".contains(kind) }
    }

    /// That of the first member: where there is none, the file is of another kind.
    private func firstHeader() throws(ArchiveError) -> Header? {
        do throws(ArchiveError) { return try header(at: 0) } catch {
            guard let content = file.content, content != .tar else { throw error }
            throw Self.foreign(file, content)
        }
    }

    /// Whether a member follows the end mark at `position`, behind the zeros that a tar file is filled up with.
    private func hasMember(after position: Int) -> Bool {
        let farthest = min(file.bytes.count - Self.recordSize, position + Self.longestFilling)
        for start in stride(from: position, through: farthest, by: Self.recordSize)
        where file.bytes[start..<start + Self.recordSize].contains(where: { $0 != 0 }) {
            return (try? header(at: start)) != nil
        }
        return false
    }

    /// Nil at the end mark, a record of zeros.
    private func header(at position: Int) throws(ArchiveError) -> Header? {
        let remaining = file.bytes.count - position
        guard remaining >= Self.recordSize else {
            throw ArchiveError(
                file.path,
                expected: "a header of \(Self.recordSize) bytes at byte \(position)",
                found: "\(remaining): the archive was cut short"
            )
        }
        let record = UnsafeRawBufferPointer(rebasing: file.bytes[position..<position + Self.recordSize])
        if record.allSatisfy({ $0 == 0 }) { return nil }
        let checksum = try number(record[148..<156], position)
        let sum = record.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(record[$1])) }
        guard checksum == sum else { throw corrupt("a header with the checksum \(checksum)", position) }
        var name = Self.string(record[..<100])
        // GNU's own headers keep other things where ustar has the prefix.
        if record[257..<263].elementsEqual("ustar\0".utf8) {
            let prefix = Self.string(record[345..<500])
            if !prefix.isEmpty { name = "\(prefix)/\(name)" }
        }
        let kind = Character(Unicode.Scalar(record[156]))
        // A folder, a link or a device has no bytes, whatever its size says.
        let hasBytes = "07\0LKxgVSMD".contains(kind)
        return Header(name: name, size: hasBytes ? try number(record[124..<136], position) : 0, kind: kind)
    }

    /// Octal digits, or, for large numbers, GNU's big-endian binary with the first bit set.
    private func number(_ field: Slice<UnsafeRawBufferPointer>, _ position: Int) throws(ArchiveError) -> Int {
        guard let first = field.first else { return 0 }
        var value = 0
        if first & 0x80 != 0 {
            for (index, byte) in field.enumerated() {
                let digit = Int(index == 0 ? byte & 0x7F : byte)
                guard value <= Int.max >> 8 else { throw corrupt("a number below 2⁶³", position) }
                value = value << 8 | digit
            }
            return value
        }
        let digits = field.drop { $0 == 32 }.prefix { $0 != 32 && $0 != 0 }
        for digit in digits {
            guard (48...55).contains(digit) else { throw corrupt("octal numbers in a header", position) }
            guard value <= Int.max >> 3 else { throw corrupt("a number below 2⁶³", position) }
            value = value << 3 | Int(digit - 48)
        }
        return value
    }

    /// Records of the form "length key=value\n"; the length counts itself.
    private func read(pax range: Range<Int>, into target: inout Extension) throws(ArchiveError) {
        // Their values may be any bytes, those of extended attributes are.
        guard range.count <= Self.longestText else {
            throw corrupt("pax records of at most \(Self.longestText) bytes", range.lowerBound)
        }
        let text = Array(file.bytes[range])
        var position = 0
        while position < text.count {
            // Some writers fill the rest with zeros.
            if text[position] == 0 { return }
            let digits = text[position...].prefix { (48...57).contains($0) }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 1,
                length <= text.count - position, text[position + digits.count] == 32,
                text[position + length - 1] == 10
            else { throw corrupt("a pax record", range.lowerBound + position) }
            let record = text[(position + digits.count + 1)..<(position + length - 1)]
            position += length
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw corrupt("a pax record with an equals sign", range.lowerBound)
            }
            let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": target.name = value
            case "size":
                guard let size = Int(value), size >= 0 else {
                    throw corrupt("a size in pax", range.lowerBound)
                }
                target.size = size
            case let key where key.hasPrefix("GNU.sparse"):
                throw ArchiveError(
                    file.path,
                    expected: "files stored whole",
                    found: "a sparse one (\(key.abridged))"
                )
            default: break
            }
        }
    }

    private func text(_ range: Range<Int>) throws(ArchiveError) -> String {
        guard range.count <= Self.longestText else {
            throw corrupt("a name of at most \(Self.longestText) bytes", range.lowerBound)
        }
        return Self.string(file.bytes[range])
    }

    private static func string(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func foreign(_ file: MappedFile, _ content: ForeignContent) -> ArchiveError {
        guard let compression = content.compression else {
            return ArchiveError(file.path, expected: "a tar file", found: content.description)
        }
        return ArchiveError(
            file.path,
            expected: "an uncompressed tar file, whose members can be read in any order",
            found: "one compressed with \(compression): unpack it first"
        )
    }

    private func corrupt(_ expected: String, _ position: Int) -> ArchiveError {
        ArchiveError(
            file.path,
            expected: expected,
            found: "something else at byte \(position): not a sound tar file"
        )
    }
}
