import Diagnostics
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct CheckpointWriterTests {
    /// The fixture's tensors in another order, and its values by the formulas in make_checkpoints.py.
    private let layout = ParameterLayout([
        ("norm.weight", [7], "norm"), (oddName, [2, 3, 2], "odd"), ("empty", [0, 4], "empty"),
        ("head.weight", [3, 5], "head"), ("head.scale", [], "head"),
    ])
    private let types: [ElementType] = [.float16, .bfloat16, .float32, .float32, .float32]
    private var values: [Float] {
        func ramp(_ count: Int, _ start: Int, _ step: Float) -> [Float] {
            (0..<count).map { Float($0 + start) * step }
        }
        return ramp(7, -3, 0.25) + ramp(12, -5, 0.5) + ramp(15, -7, 0.125) + [2.5]
    }

    /// Byte for byte the file that the safetensors library wrote.
    @Test func writesWhatPythonWrote() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/w.safetensors"
        let like = try Checkpoint(fixture("mixed.safetensors"))
        let files = try ModelFiles(like: like, layout: layout)
        let file = try AtomicFile(path)
        try values.withUnsafeBufferPointer { values in
            let base = try #require(values.baseAddress)
            try CheckpointWriter.write(
                { base + $0.lowerBound },
                layout,
                files,
                open: { _ in file },
                copy: like.copyStored
            )
        }
        try file.commit()
        #expect(try bytes(of: path) == bytes(of: like.path))
        #expect(try folder.names == ["w.safetensors"])
    }

    @Test func keepsTheLayoutsOrderButAlignsTensors() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/w.safetensors"
        try CheckpointWriter.write(values, layout: layout, types: types, metadata: [:], to: path)
        let file = try Checkpoint(path)
        #expect(Array(file.tensors.keys) == ["empty", "head.weight", "head.scale", "norm.weight", oddName])
        for tensor in file.tensors.values {
            #expect(tensor.offset % tensor.type.byteCount == 0)
        }
        #expect(file.tensors.values.map(\.offset).min().map { $0 % 8 } == 0)
        var read = [Float](repeating: 0, count: layout.count)
        try IngredientPool(patterns: [path]).read(0, 0..<layout.count, of: layout, into: &read)
        #expect(read == values)
    }

    /// Longer than the writer's pieces, in each type; the numbers are exact in all three.
    @Test(arguments: ElementType.allCases)
    func survivesTheWayThroughAFile(type: ElementType) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/w.safetensors"
        let count = 200_001
        let long = ParameterLayout([("w", [3, 66_667], "w")])
        let numbers = (0..<count).map { Float($0 % 255 - 127) * 0.25 }
        try CheckpointWriter.write(numbers, layout: long, types: [type], metadata: [:], to: path)
        var read = [Float](repeating: 0, count: count)
        try IngredientPool(patterns: [path]).read(0, 0..<count, of: long, into: &read)
        #expect(read == numbers)
    }

    @Test(arguments: [(ElementType.float16, Float(70_000)), (.float32, .nan), (.bfloat16, -.infinity)])
    func writesNothingThatCannotBeReadBack(type: ElementType, bad: Float) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/w.safetensors"
        var numbers = [Float](repeating: 1, count: 70_000)
        numbers[69_000] = bad
        let long = ParameterLayout([("w", [70_000], "w")])
        let error = #expect(throws: RunError.self) {
            try CheckpointWriter.write(numbers, layout: long, types: [type], metadata: [:], to: path)
        }
        #expect(
            error?.description.contains("tensor \"w\", element 69000: \(bad) cannot be stored as") == true
        )
        #expect(try folder.names == [])
    }

    @Test func saysWhereItCannotWrite() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/missing/w.safetensors"
        let error = #expect(throws: FileError.self) {
            try CheckpointWriter.write(values, layout: layout, types: types, metadata: [:], to: path)
        }
        #expect(error?.path == path)
    }
}
