import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// The tensor whose name holds quotes, letters beyond ASCII and a line break.
let oddName = "quoted \"nämé\"\n"

@Suite struct CheckpointTests {
    private func read(_ file: Checkpoint, _ name: String, _ range: Range<Int>? = nil) throws -> [Float] {
        let tensor = try #require(file.tensors[name])
        let range = range ?? 0..<tensor.count
        var values = [Float](repeating: 0, count: range.count)
        try file.read(tensor, range, into: &values)
        return values
    }

    @Test func readsWhatPythonWrote() throws {
        let file = try Checkpoint(fixture("mixed.safetensors"))
        #expect(file.metadata == ["format": "pt"])
        #expect(Array(file.tensors.keys) == ["empty", "head.scale", "head.weight", oddName, "norm.weight"])
        #expect(file.tensors["head.weight"]?.shape == [3, 5])
        #expect(file.tensors["head.scale"]?.shape == [])
        #expect(file.tensors["empty"]?.shape == [0, 4])
        #expect(file.tensors[oddName]?.type == .bfloat16)
        #expect(try read(file, "head.weight") == (0..<15).map { Float($0 - 7) * 0.125 })
        #expect(try read(file, "head.scale") == [2.5])
        #expect(try read(file, "norm.weight") == (0..<7).map { Float($0 - 3) * 0.25 })
        #expect(try read(file, oddName) == (0..<12).map { Float($0 - 5) * 0.5 })
        #expect(try read(file, "empty") == [])
    }

    /// The digest is Python's hashlib's, printed by the script beside the fixture.
    @Test func digestIsHashlibs() throws {
        let digest = try Checkpoint(fixture("mixed.safetensors")).sha256()
        #expect(digest == "a9900300dd5493fe0d23f2a371f6e4408bb51b1e6fb4960b7b7858a85e317f68")
    }

    @Test func slicesEqualTheWhole() throws {
        let file = try Checkpoint(fixture("mixed.safetensors"))
        for (name, tensor) in file.tensors {
            let whole = try read(file, name)
            for first in 0...tensor.count {
                for end in first...tensor.count {
                    #expect(try read(file, name, first..<end) == Array(whole[first..<end]))
                }
            }
        }
    }

    @Test func leavesNoPagesInMemory() throws {
        let folder = try TemporaryFolder()
        let count = 2_000_000
        let header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[\(count)],\"data_offsets\":[0,\(4 * count)]}}"
        let path = try folder.write(
            safetensors(header, data: [UInt8](repeating: 0, count: 4 * count)),
            "w.safetensors"
        )
        let file = try Checkpoint(path)
        let tensor = try #require(file.tensors["w"])
        let target = AlignedBuffer<Float>(count: 1000)
        for start in stride(from: 0, to: count, by: 100_000) {
            try file.read(tensor, start..<start + 1000, into: target.base)
        }
        let resident = try withExtendedLifetime(file) { try residentKiB(path) }
        #expect(resident <= 128)
    }

    @Test(arguments: [(Float.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")])
    func namesTheElementThatIsNotFinite(value: Float, text: String) throws {
        let folder = try TemporaryFolder()
        var values = [Float](repeating: 1, count: 5000)
        values[4321] = value
        let header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[5000],\"data_offsets\":[0,20000]}}"
        let path = try folder.write(safetensors(header, data: littleEndian(values)), "w.safetensors")
        let file = try Checkpoint(path)
        #expect(try read(file, "w", 0..<4321).count == 4321)
        let error = #expect(throws: CheckpointError.self) { try read(file, "w", 100..<5000) }
        #expect(
            error?.description
                == "\(path): tensor \"w\": expected finite numbers, found \(text) at element 4321"
        )
    }

    @Test func noticesThatTheFileWasCut() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(try bytes(of: fixture("mixed.safetensors")), "cut.safetensors")
        let file = try Checkpoint(path)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 400)
        #expect(throws: (any Error).self) { try read(file, "norm.weight") }
    }

    /// How much of a mapped file is in this process's memory, as the kernel counts it.
    private func residentKiB(_ path: String) throws -> Int {
        // Files under /proc claim to be empty: they are read until they end.
        let handle = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let maps = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        let lines = maps.split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.hasSuffix(path) })
        let line = try #require(lines[start...].first { $0.hasPrefix("Rss:") })
        return try #require(Int(line.filter(\.isNumber)))
    }
}
