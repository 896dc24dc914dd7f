import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// Listings of several ranks made one pool, and files that are known by their headers alone.
@Suite struct PoolListingTests {
    private func names(_ places: [PoolListing.Place]) -> [String] {
        places.map { name(of: $0.paths.lazy.compactMap { $0 }.first ?? "") }
    }

    private func folder(_ files: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for file in files { _ = try folder.write([0], file) }
        return folder
    }

    @Test func foldersOfAllRanksMakeOnePool() throws {
        let here = try folder(["m10.safetensors", "m1.safetensors", "notes.txt"])
        let there = try folder(["m2.safetensors", "m1.safetensors"])
        let patterns = [
            [here.path, here.path + "/m1*"], [there.path + "/", here.path + "/m1*"],
            ["/nowhere", "/nowhere"],
        ]
        let places = try PoolListing.merged(patterns.map { PoolListing($0) })
        #expect(
            names(places)
                == ["m1", "m2", "m10", "m1", "m10"].map { $0 + ".safetensors" }
        )
        #expect(places[0].paths == [here.file("m1.safetensors"), there.file("m1.safetensors"), nil])
        #expect(places[1].paths == [nil, there.file("m2.safetensors"), nil])
        #expect(places[3].paths == [here.file("m1.safetensors"), here.file("m1.safetensors"), nil])
    }

    /// The pretrained model is left out on all ranks where any of them sees that its folder holds one.
    @Test func thePretrainedModelIsLeftOutEverywhere() throws {
        let here = try folder(["base.safetensors", "m1.safetensors", "ingredients.json"])
        let there = try folder(["base.safetensors", "m2.safetensors"])
        let places = try PoolListing.merged([PoolListing([there.path]), PoolListing([here.path])])
        #expect(names(places) == ["m1.safetensors", "m2.safetensors"])
        let alone = try folder(["base.safetensors", "ingredients.json"])
        let error = #expect(throws: FileError.self) { try PoolListing.merged([PoolListing([alone.path])]) }
        #expect(error?.problem == "expected ingredients, found base.safetensors alone")
    }

    @Test func aHeaderStandsForAFileElsewhere() throws {
        let scratch = try TemporaryFolder()
        let header = "{\"a\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]}}"
        // 1, 2, −2 and NaN in half precision.
        let data: [UInt8] = [0, 0x3C, 0, 0x40, 0, 0xC0, 0, 0x7E]
        let path = try scratch.write(safetensors(header, data: data), "m.safetensors")
        let file = try Checkpoint(path)
        let remote = try Checkpoint(
            path,
            header: file.header,
            byteCount: file.byteCount,
            sketch: file.sketch(),
            host: "far"
        )
        #expect(remote.tensors == file.tensors && remote.byteCount == file.byteCount)
        #expect(file.isHere && !remote.isHere && remote.identity == nil && remote.sketch() == file.sketch())
        let pool = try IngredientPool(files: [file, remote])
        let layout = ParameterLayout([("a", [2, 2], "a")])
        var stored = [UInt8](repeating: 0, count: try pool.storedByteCount(0, 1..<4, of: layout))
        try pool.copyStored(0, 1..<4, of: layout, into: &stored)
        #expect(stored == Array(data[2...]))
        var values = [Float](repeating: 0, count: 3)
        try pool.decodeStored(1, 1..<3, of: layout, from: stored, into: &values)
        #expect(values == [2, -2, 0] as [Float])
        let error = #expect(throws: CheckpointError.self) {
            try pool.decodeStored(1, 1..<4, of: layout, from: stored, into: &values)
        }
        #expect(
            error?.description
                == "\(path) (on far): tensor \"a\": expected finite numbers, found nan at element 3"
        )
        #expect(throws: CheckpointError.self) {
            try Checkpoint(
                path,
                header: file.header,
                byteCount: file.byteCount + 1,
                sketch: "",
                host: "far"
            )
        }
        #expect(throws: CheckpointError.self) {
            try Checkpoint(
                path,
                header: Array(file.header.dropLast()),
                byteCount: 1 << 40,
                sketch: "",
                host: "far"
            )
        }
    }
}
