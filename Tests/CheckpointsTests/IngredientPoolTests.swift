import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct IngredientPoolTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A model of tensors a (2×3) and b (5), numbers counting up from `start`.
    @discardableResult
    private func model(
        _ name: String,
        start: Float = 0,
        type: String = "F32",
        shape: String = "2,3",
        second: String = "b"
    )
        throws -> String
    {
        let header =
            "{\"a\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[0,24]},"
            + "\"\(second)\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[24,44]}}"
        return try folder.write(
            safetensors(header, data: littleEndian((0..<11).map { start + Float($0) })),
            name
        )
    }

    private func names(_ patterns: [String]) throws -> [String] {
        try IngredientPool(patterns: patterns).ingredients.map {
            $0.path.split(separator: "/").last.map(String.init) ?? ""
        }
    }

    @Test func takesFoldersGlobsAndFilesInNaturalOrder() throws {
        for index in [10, 2, 1, 11] { try model("model_\(index).safetensors") }
        try model("other.safetensors")
        _ = try folder.write([], "notes.txt")
        let models = ["model_1", "model_2", "model_10", "model_11"].map { $0 + ".safetensors" }
        #expect(try names([folder.path]) == models + ["other.safetensors"])
        #expect(try names([folder.path + "/"]) == models + ["other.safetensors"])
        #expect(try names([folder.path + "/model_*.safetensors"]) == models)
        #expect(
            try names([folder.path + "/other.safetensors", folder.path + "/model_1?.safetensors"])
                == ["other.safetensors", "model_10.safetensors", "model_11.safetensors"]
        )
    }

    @Test func leavesThePretrainedModelOutBesideIngredients() throws {
        try model("base.safetensors")
        try model("model_00.safetensors")
        #expect(try names([folder.path]) == ["base.safetensors", "model_00.safetensors"])
        _ = try folder.write(Array("[]".utf8), "ingredients.json")
        #expect(try names([folder.path]) == ["model_00.safetensors"])
        #expect(try names([folder.path + "/"]) == ["model_00.safetensors"])
        #expect(try names([folder.path + "/base.safetensors"]) == ["base.safetensors"])
        try FileManager.default.removeItem(atPath: folder.path + "/model_00.safetensors")
        #expect(throws: FileError.self) { try names([folder.path]) }
    }

    @Test func refusesTheSameFileTwice() throws {
        let path = try model("m.safetensors")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link.safetensors",
            withDestinationPath: path
        )
        let error = #expect(throws: CheckpointError.self) {
            try names([path, folder.path + "/./m.safetensors"])
        }
        #expect(error?.found == "the same file as \(path)")
        #expect(throws: CheckpointError.self) { try names([folder.path]) }
        #expect(throws: CheckpointError.self) { try names([]) }
        #expect(throws: FileError.self) { try names([folder.path + "/none*"]) }
    }

    @Test func refusesIngredientsThatDiffer() throws {
        let first = try model("1.safetensors")
        func refusal(_ path: String) -> String? {
            #expect(throws: CheckpointError.self) { try IngredientPool(patterns: [first, path]) }?.description
        }
        let shape = try model("2.safetensors", shape: "3,2")
        #expect(refusal(shape) == "\(shape): tensor \"a\": expected shape 2×3 as in \(first), found 3×2")
        let type = try model("3.safetensors", type: "F16", shape: "3,4")
        #expect(refusal(type) == "\(type): tensor \"a\": expected shape 2×3 as in \(first), found 3×4")
        let name = try model("4.safetensors", second: "c")
        #expect(
            refusal(name) == "\(name): tensor \"b\": expected 5 of F32 as in \(first), found no such tensor"
        )
        let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}"
        let fewer = try folder.write(
            safetensors(header, data: littleEndian([1, 2, 3, 4, 5, 6])),
            "5.safetensors"
        )
        let error = #expect(throws: CheckpointError.self) { try IngredientPool(patterns: [fewer, first]) }
        #expect(
            error?.description == "\(first): tensor \"b\": expected no such tensor, as in \(fewer), found one"
        )
    }

    @Test func refusesAnotherType() throws {
        let half = "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}"
        let brain = "{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}"
        let first = try folder.write(safetensors(half, data: [0, 0, 0, 0]), "1.safetensors")
        let second = try folder.write(safetensors(brain, data: [0, 0, 0, 0]), "2.safetensors")
        let error = #expect(throws: CheckpointError.self) { try IngredientPool(patterns: [first, second]) }
        #expect(error?.description == "\(second): tensor \"a\": expected type F16 as in \(first), found BF16")
    }

    /// The layout's order is not the file's: element i of a is i, of b is 6 + i, and b comes first.
    @Test func readsAnyRangeOfTheFlatVector() throws {
        try model("1.safetensors")
        try model("2.safetensors", start: 100)
        let pool = try IngredientPool(patterns: [folder.path])
        let layout = ParameterLayout([("b", [5], "b"), ("a", [2, 3], "a")])
        let flat: [Float] = [6, 7, 8, 9, 10, 0, 1, 2, 3, 4, 5]
        for (index, start) in [(0, Float(0)), (1, 100)] {
            for first in 0...11 {
                for end in first...11 {
                    var values = [Float](repeating: -1, count: end - first)
                    try pool.read(index, first..<end, of: layout, into: &values)
                    #expect(values == flat[first..<end].map { $0 + start })
                }
            }
        }
    }

    @Test func refusesALayoutThatTheFileDoesNotHave() throws {
        let path = try model("1.safetensors")
        let pool = try IngredientPool(patterns: [path])
        var values = [Float](repeating: 0, count: 6)
        let missing = ParameterLayout([("c", [2, 3], "c")])
        let error = #expect(throws: CheckpointError.self) {
            try pool.read(0, 0..<6, of: missing, into: &values)
        }
        #expect(error?.description == "\(path): tensor \"c\": expected shape 2×3, found no such tensor")
        let reshaped = ParameterLayout([("a", [6], "a")])
        #expect(throws: CheckpointError.self) { try pool.read(0, 0..<6, of: reshaped, into: &values) }
    }
}
