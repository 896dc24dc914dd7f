import Archives
import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Tar shards against what Python's tarfile wrote into them.
struct ShardTests {
    static let names = ["jpeg_420.jpg", "png_grey.png", "webp_lossy.webp"]

    @Test(arguments: ["ustar", "pax", "gnu"]) func membersAreWhatWasWritten(_ form: String) throws {
        let archive = try TarArchive(MappedFile(fixture("shards/\(form).tar")))
        #expect(archive.members.count == 10)
        #expect(archive.members[0].name == "README")
        #expect(Array(archive.file.bytes[archive.members[0].range]) == Array("no sample".utf8))
        let long = String(repeating: "a-folder-with-a-long-name/", count: 6) + "0001"
        #expect(archive.members.filter { $0.name.hasPrefix(long) }.count == 3)
    }

    @Test(arguments: ["ustar", "pax", "gnu"]) func samplesAreImagesAndClasses(_ form: String) throws {
        let files = try ImageFiles.shards(fixture("shards/\(form).tar"))
        #expect(files.labels == [3, 0, 7] as [Int32])
        for (index, name) in Self.names.enumerated() {
            let stored = try files.withBytes(index) { Array($0) }
            #expect(stored == (try bytes(of: fixture("images/\(name)"))))
        }
    }

    @Test(arguments: ["ustar", "pax", "gnu"]) func samplesWithoutClasses(_ form: String) throws {
        let files = try ImageFiles.shards(fixture("shards/\(form).tar"), labelled: false)
        #expect(files.labels == [0, 0, 0] as [Int32])
        #expect(try files.withBytes(2) { Array($0) } == (try bytes(of: fixture("images/\(Self.names[2])"))))
    }

    @Test func shardsByBraces() throws {
        let files = try ImageFiles.shards(fixture("shards/{gnu,ustar}.tar"))
        #expect(files.labels == [3, 0, 7, 3, 0, 7] as [Int32])
        #expect(files.origins.count == 2)
        let data = try Dataset.open(fixture("shards/{gnu,more}.tar[1:5]"), transform: .tiny)
        #expect(data.labels == [0, 7, 0, 1] as [Int32])
    }

    /// Headers hold but the beginning of a long name, which may be a folder's.
    @Test(arguments: ["L", "x"]) func longNamesWhoseHundredthByteIsASlash(kind: String) throws {
        let folder = try TemporaryFolder()
        let name = String(repeating: "a/", count: 60) + "0."
        func member(_ ending: String, _ data: [UInt8]) -> [UInt8] {
            let path = name + ending
            let record = "NNN path=\(path)\n"
            let text = kind == "L" ? "\(path)\0" : record.replacing("NNN", with: "\(record.utf8.count)")
            var header = TarFile.member("long", Array(text.utf8))
            header[156] = UInt8(ascii: kind == "L" ? "L" : "x")
            TarFile.seal(&header)
            return header + TarFile.member(String(path.prefix(100)), data)
        }
        let tar =
            member("png", [1, 2, 3]) + member("cls", Array("4".utf8)) + [UInt8](repeating: 0, count: 1024)
        let archive = try TarArchive(MappedFile(folder.write(tar, "long.tar")))
        #expect(archive.members.map(\.name) == [name + "png", name + "cls"])
        #expect(archive.members.map(\.range.count) == [3, 1])
        #expect(archive.ending == .marked)
    }

    /// A Mac's companions of files, and names from the folder itself.
    @Test func membersThatAreNoSamples() throws {
        let folder = try TemporaryFolder()
        let members: [(name: String, data: [UInt8])] = [
            ("._.", [0, 5, 22, 7]), ("./.DS_Store", [1]), ("./._0.jpg", [0, 5, 22, 7]), ("./0.jpg", [9]),
            ("./._0.cls", [0, 5, 22, 7]), ("0.cls", Array("3".utf8)), ("__MACOSX/0.jpg", [0, 5, 22, 7]),
            ("README.md", [1]), ("in/0.JPEG", [8]), ("in/0.cls", Array("1\n".utf8)), ("in/0.seg.png", [7]),
        ]
        let files = try ImageFiles.shards(folder.write(TarFile.archive(members), "mac.tar"))
        #expect(files.labels == [3, 1] as [Int32] && files.doubts == [])
        #expect(try (0..<2).map { try files.withBytes($0) { Array($0) } } == [[9], [8]])
    }

    @Test func membersInSeveralPlaces() throws {
        let folder = try TemporaryFolder()
        let members: [(name: String, data: [UInt8])] = [
            ("0.jpg", [9]), ("1.jpg", [9]), ("0.cls", [48]), ("1.cls", [49]),
        ]
        let path = try folder.write(TarFile.archive(members), "unsorted.tar")
        let error = #expect(throws: DatasetError.self) { try ImageFiles.shards(path) }
        #expect(error?.part == "sample 0" && error?.expected.contains("tar --sort=name") == true)
    }

    /// Cut in a member, behind it in its padding, and where the next would begin; and two archives in one file.
    @Test func theEndOfAnArchive() throws {
        let folder = try TemporaryFolder()
        let sample = TarFile.member("0.jpg", [9]) + TarFile.member("0.cls", [48])
        func shards(_ tar: [UInt8]) throws -> ImageFiles {
            try ImageFiles.shards(folder.write(tar, "a.tar"))
        }
        let end = [UInt8](repeating: 0, count: 1024)
        #expect(try shards(sample + end).doubts == [])
        #expect(try shards(sample + end + [UInt8](repeating: 0, count: 7168)).doubts == [])
        for cut in [1, 100, 511, 512] {
            let error = #expect(throws: ArchiveError.self) { try shards(sample.dropLast(cut)) }
            #expect(error?.found.contains("cut short") == true && error?.file == folder.file("a.tar"))
        }
        let unmarked = try shards(sample)
        #expect(unmarked.count == 1 && unmarked.doubts.map(\.weight) == [.warning])
        #expect(unmarked.doubts.first?.text.contains("end mark of a tar file is missing") == true)
        let joined = try shards(sample + end + sample + end)
        #expect(joined.count == 1 && joined.doubts.first?.text.contains("follow the end mark") == true)
    }

    @Test func bracesAreTheShells() throws {
        #expect(try Braces.expand("a") == ["a"])
        #expect(
            try Braces.expand("s-{008..011}.tar") == ["s-008.tar", "s-009.tar", "s-010.tar", "s-011.tar"]
        )
        #expect(try Braces.expand("{a,b}{1..2}") == ["a1", "a2", "b1", "b2"])
        #expect(throws: DatasetError.self) { try Braces.expand("{0..9999999}") }
        #expect(throws: DatasetError.self) { try Braces.expand("{3..1}") }
        #expect(throws: DatasetError.self) { try Braces.expand("{0..999}{0..999}{0..999}") }
    }

    @Test func aSampleWithoutEitherIsNamed() throws {
        let folder = try TemporaryFolder()
        for (members, expected) in [
            ([("0.jpg", "")], "0.cls"), ([("0.cls", "1")], "an image"),
            ([("0.jpg", ""), ("0.cls", "-1")], "a class from"),
            ([("0.jpg", ""), ("0.png", "")], "a second one"), ([("0.gif", "")], "an image"),
            ([("0.jpg", ""), ("0.cls", "x")], "\"x\""),
            ([], "none"),
        ] as [([(String, String)], String)] {
            let tar =
                members.flatMap { TarFile.member($0.0, Array($0.1.utf8)) }
                + [UInt8](repeating: 0, count: 1024)
            let path = try folder.write(tar, "shard.tar")
            let error = #expect(throws: (any Error).self) { _ = try Dataset.open(path, transform: .tiny) }
            #expect("\(error as Any)".contains(expected), "\(error as Any)")
        }
    }

    /// Lengths, and bytes changed: an error or the same members, never a crash; of the first header always an error.
    @Test func brokenArchivesAreRefused() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(of: fixture("shards/pax.tar"))
        let sound = try TarArchive(MappedFile(fixture("shards/pax.tar"))).members
        for length in stride(from: 1, to: whole.count, by: 97) {
            let path = try folder.write(Array(whole[..<length]), "cut.tar")
            let members = try? TarArchive(MappedFile(path)).members
            if let members { #expect(sound.starts(with: members)) }
        }
        for position in stride(from: 0, to: 4096, by: 5) {
            var changed = whole
            changed[position] ^= 0x81
            let path = try folder.write(changed, "changed.tar")
            let members = try? TarArchive(MappedFile(path)).members
            // Its checksum ends in a zero byte and a space, which need not be there.
            if position < 512, !(154..<156).contains(position) { #expect(members == nil, "byte \(position)") }
        }
        let cut = try folder.write(Array(whole[..<(sound[1].range.lowerBound + 1)]), "cut.tar")
        let error = #expect(throws: ArchiveError.self) { _ = try TarArchive(MappedFile(cut)) }
        #expect(error?.found.contains("cut short") == true)
    }

    /// An extended attribute's value is bytes of any kind.
    @Test func recordsOfOtherBytesArePassedOver() throws {
        let folder = try TemporaryFolder()
        let value = Array("30 SCHILY.xattr.a=".utf8) + [0xFF, 0x80, 0, 10, 0xC3, 0x28, 61, 1, 2, 3, 4, 10]
        var header = TarFile.member("x", value + Array("17 path=b/00.jpg\n".utf8))
        header[156] = UInt8(ascii: "x")
        TarFile.seal(&header)
        #expect(value.count == 30)
        let tar = header + TarFile.archive([("0.jpg", [1, 2, 3])])
        let members = try TarArchive(MappedFile(folder.write(tar, "a.tar"))).members
        #expect(members.map(\.name) == ["b/00.jpg"])
    }

    @Test func compressedAndEndlessSizesAreRefused() throws {
        let folder = try TemporaryFolder()
        let gzip = try folder.write([0x1F, 0x8B, 8, 0] + [UInt8](repeating: 0, count: 600), "a.tar")
        let error = #expect(throws: ArchiveError.self) { _ = try TarArchive(MappedFile(gzip)) }
        #expect(error?.found.contains("gzip") == true)
        for size in ["77777777777\0", "\u{80}\u{7F}"] {
            var record = TarFile.member("0.jpg", [])
            record.replaceSubrange(
                124..<124 + size.unicodeScalars.count,
                with: size.unicodeScalars.map { UInt8($0.value) }
            )
            TarFile.seal(&record)
            let path = try folder.write(record, "b.tar")
            #expect(throws: ArchiveError.self) { _ = try TarArchive(MappedFile(path)) }
        }
    }
}

extension ImageTransform {
    /// To 14×14 pixels, as many of the cases in `Fixtures/images/expected.json`.
    static let tiny = ImageTransform(
        resize: .shortestEdge(16),
        interpolation: .bicubic,
        crop: Size(height: 14, width: 14),
        mean: [0, 0, 0],
        std: [1, 1, 1]
    )
}
