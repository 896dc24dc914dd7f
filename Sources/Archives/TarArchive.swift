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

    package let file: MappedFile
    /// In the archive's order; folders are left out.
    package private(set) var members: [Member] = []

    private static let recordSize = 512
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
        try Self.refuseCompressed(file)
        var position = 0
        var next = Extension()
        var common = Extension()
        while position < file.bytes.count {
            guard let header = try header(at: position) else {
                // What follows the end mark is padding.
                guard next.name == nil, next.size == nil else {
                    throw corrupt("a member after its long name", position)
                }
                return
            }
            let size = header.isRegular || header.isText ? next.size ?? common.size ?? header.size : 0
            let start = position + Self.recordSize
            guard size <= file.bytes.count - start else {
                throw ArchiveError(
                    file.path,
                    expected: "\(size) bytes of \(header.name.abridged) from byte \(start) on",
                    found: "\(file.bytes.count - start): the archive was cut short"
                )
            }
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
                members.append(
                    Member(
                        name: next.name ?? common.name ?? header.name,
                        range: range,
                        isRegular: header.isRegular
                    )
                )
                next = Extension()
            }
            // Up to 511 bytes of padding, which the last member may lack.
            position = start + (size + Self.recordSize - 1) / Self.recordSize * Self.recordSize
        }
    }

    private struct Header {
        let name: String
        let size: Int
        let kind: Character

        var isRegular: Bool { "07\0".contains(kind) }
        /// Whether its bytes are about the next member.
        var isText: Bool { "LKxg".contains(kind) }
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
        var kind = Character(Unicode.Scalar(record[156]))
        // Old archives mark a folder by its name alone.
        if name.hasSuffix("/"), kind == "0" || kind == "\0" { kind = "5" }
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

    private static func refuseCompressed(_ file: MappedFile) throws(ArchiveError) {
        let magics: [(String, [UInt8])] = [
            ("gzip", [0x1F, 0x8B]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]), ("bzip2", [0x42, 0x5A, 0x68]),
            ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
        ]
        guard let (name, _) = magics.first(where: { file.bytes.starts(with: $0.1) }) else { return }
        throw ArchiveError(
            file.path,
            expected: "an uncompressed tar file, whose members can be read in any order",
            found: "one compressed with \(name): unpack it first"
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
