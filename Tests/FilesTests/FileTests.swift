import Diagnostics
import Files
import Foundation
import TestSupport
import Testing

@Suite struct FileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }

    @Test func appearsWholeOnCommit() throws {
        let path = folder.path + "/out.txt"
        do {
            let file = try AtomicFile(path)
            try file.write("one ")
            #expect(try !folder.names.contains("out.txt"))
            try file.write("two")
            try file.commit()
        }
        #expect(try folder.names == ["out.txt"])
        #expect(try text("out.txt") == "one two")
        try AtomicFile.write("three", to: path)
        #expect(try text("out.txt") == "three")
    }

    @Test func leavesNothingWithoutCommit() throws {
        _ = try folder.write(Array("old".utf8), "out.txt")
        do {
            let file = try AtomicFile(folder.path + "/out.txt")
            try file.write("new")
        }
        #expect(try folder.names == ["out.txt"])
        #expect(try text("out.txt") == "old")
    }

    @Test func leavesNothingWhereRenamingFails() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/taken",
            withIntermediateDirectories: false
        )
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write("text", to: folder.path + "/taken")
        }
        #expect(error?.path == folder.path + "/taken")
        #expect(try folder.names == ["taken"])
    }

    @Test func saysWhereItCannotOpen() throws {
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write("text", to: folder.path + "/no/out.txt")
        }
        #expect(
            error?.description
                == "\(folder.path)/no/out.txt: cannot open for writing: No such file or directory"
        )
    }

    @Test func mapsFiles() throws {
        let path = try folder.write([1, 2, 3], "bytes")
        let file = try MappedFile(path)
        #expect(Array(file.bytes) == [1, 2, 3])
        file.release(0..<3)
        #expect(Array(file.bytes) == [1, 2, 3])
        try file.checkUnchanged()
        // FIPS 180-2's digest of "abc", and that of nothing.
        let abc = try MappedFile(try folder.write(Array("abc".utf8), "abc"))
        #expect(try abc.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let empty = try MappedFile(try folder.write([], "empty"))
        #expect(empty.bytes.isEmpty)
        #expect(try empty.sha256() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(throws: FileError.self) { try MappedFile(folder.path) }
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        #expect(throws: FileError.self) { try MappedFile(folder.path + "/pipe") }
        #expect(throws: FileError.self) { try MappedFile(folder.path + "/none") }
        _ = try folder.write([1], "bytes2")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 2)
        #expect(throws: FileError.self) { try file.checkUnchanged() }
    }

    /// More files may be mapped than the system allows to be open.
    @Test func aMappingKeepsNoFileOpen() throws {
        let path = try folder.write([1, 2, 3], "bytes")
        let file = try MappedFile(path)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        #expect(!open.contains(path))
        // Another in its place is no change of it.
        try FileManager.default.removeItem(atPath: path)
        try file.checkUnchanged()
        _ = try folder.write([9], "other")
        try FileManager.default.moveItem(atPath: folder.file("other"), toPath: path)
        try file.checkUnchanged()
        #expect(Array(file.bytes) == [1, 2, 3])
    }

    @Test func saysWhatAllowsMoreFiles() {
        let error = FileError("a", cannot: "open for reading", errno: EMFILE)
        #expect(
            error.description.hasPrefix("a: cannot open for reading: Too many open files: ulimit -n allows ")
        )
    }

    @Test func readsAPartOfAFile() throws {
        let path = try folder.write(Array(0..<100), "bytes")
        #expect(try FileBytes.read(path, 40..<44) == [40, 41, 42, 43])
        #expect(try FileBytes.read(path, 98..<110) == [98, 99])
    }

    @Test func naturalOrder() {
        let sorted = [
            "a", "a1", "a01", "a2", "a2b", "a10", "a010b", "a18446744073709551616", "b", "b1c2", "b1c10",
        ]
        for (index, left) in sorted.enumerated() {
            for (other, right) in sorted.enumerated() {
                #expect(PathPatterns.naturallyPrecedes(left, right) == (index < other), "\(left) \(right)")
            }
        }
    }

    @Test func expandsPatterns() throws {
        for name in ["m10.st", "m9.st", ".m1.st", "readme"] { _ = try folder.write([], name) }
        let found = ["\(folder.path)/m9.st", "\(folder.path)/m10.st"]
        #expect(try PathPatterns.expand(folder.path, suffixes: [".st"]) == found)
        #expect(try PathPatterns.expand(folder.path + "/", suffixes: [".st"]) == found)
        #expect(try PathPatterns.expand(folder.path + "/m*", suffixes: [".st"]) == found)
        #expect(
            try PathPatterns.expand(folder.path + "/readme", suffixes: [".st"]) == [folder.path + "/readme"]
        )
        for pattern in ["/none", "/none*"] {
            #expect(throws: FileError.self) {
                try PathPatterns.expand(folder.path + pattern, suffixes: [".st"])
            }
        }
        #expect(throws: FileError.self) { try PathPatterns.expand(folder.path, suffixes: [".npz"]) }
    }
}
