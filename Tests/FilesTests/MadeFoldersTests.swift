import Files
import Foundation
import TestSupport
import Testing

@Suite struct MadeFoldersTests {
    private let scratch: TemporaryFolder

    init() throws {
        scratch = try TemporaryFolder()
    }

    @Test(arguments: ["a", "a/b/c", "a//b///", "./a/b"]) func removesJustWhatItMade(name: String) throws {
        let folders = try MadeFolders(for: scratch.file(name))
        #expect(folders.isNew)
        #expect(try scratch.names == [])
        try folders.make()
        var isFolder: ObjCBool = false
        #expect(FileManager.default.fileExists(atPath: scratch.file(name), isDirectory: &isFolder))
        #expect(isFolder.boolValue)
        folders.remove()
        #expect(try scratch.names == [])
    }

    @Test func whatWasThereOrIsUsedStays() throws {
        let first = try MadeFolders(for: scratch.file("a"))
        try first.make()
        let second = try MadeFolders(for: scratch.file("a/b/c"))
        try second.make()
        second.remove()
        #expect(try scratch.names == ["a"])
        try second.make()
        _ = try scratch.write([1], "a/b/file")
        second.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("a")) == ["b"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("a/b")) == ["file"])
        #expect(try !MadeFolders(for: scratch.path).isNew)
    }

    /// Two ranks that both found the folders missing.
    @Test func anotherProcessMayBeQuicker() throws {
        let one = try MadeFolders(for: scratch.file("a/b"))
        let other = try MadeFolders(for: scratch.file("a/b"))
        try one.make()
        try other.make()
        one.remove()
        other.remove()
        #expect(try scratch.names == [])
    }

    @Test func relativeNamesOfOneLetter() throws {
        let folders = try MadeFolders(for: "§")
        #expect(folders.isNew)
        #expect(try !MadeFolders(for: "/").isNew)
        #expect(try !MadeFolders(for: ".").isNew)
    }

    @Test func aFileInTheWayIsNamed() throws {
        let file = try scratch.write([1], "file")
        for path in [file, "\(file)/a/b"] {
            let error = try #require(throws: FileError.self) { try MadeFolders(for: path) }
            #expect(error.path == file && error.problem.contains("found a file"))
        }
        let error = try #require(throws: FileError.self) { try MadeFolders(for: "/proc/mehlsoup/a").make() }
        #expect("\(error)".contains("/proc/mehlsoup/a: cannot make the folder"))
    }
}
