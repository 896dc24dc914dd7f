import Checkpoints
import Files
import Foundation
import MessagePassing
import Tensors
import TestSupport
import Testing

@testable import Sharding

/// Tensors that are only carried along, where the rank that writes them cannot read them.
@Suite struct CarriedTensorTests {
    /// A checkpoint of one parameter and three tensors of other types, the same but for `start`.
    private func write(_ start: UInt8, to folder: TemporaryFolder) throws -> String {
        let header = """
            {"count":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},\
            "mask":{"dtype":"BOOL","shape":[3],"data_offsets":[16,19]},"none":{"dtype":"F32","shape":[0],\
            "data_offsets":[19,19]}}
            """
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
        let data = [start, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40] + [start & 1, 1, 0]
        return try folder.write(length + header.utf8 + data, "m\(start).safetensors")
    }

    @Test(arguments: [[1], [1, 2]]) func travelToTheCoordinator(holders: [Int]) throws {
        let folder = try TemporaryFolder()
        let paths = [try write(7, to: folder), try write(8, to: folder)]
        let out = try TemporaryFolder()
        let layout = ParameterLayout([("w", [2], "")])
        let outcomes = MemoryTransport.run(ranks: 3, hosts: ["a", "b", "c"]) { transport -> Bool in
            let checkpoints = try paths.map { try Checkpoint($0) }
            let ingredients = try checkpoints.map { file in
                holders.contains(transport.rank)
                    ? file : try Checkpoint(file.path, listing: file.listing, sketch: "", host: "b")
            }
            let pool = try IngredientPool(ingredients)
            let copies = InputCopies(
                hosts: ["a", "b", "c"],
                ingredients: checkpoints.map { file in
                    (0..<3).map { holders.contains($0) ? file.identities : nil }
                },
                datasets: []
            )
            let carried = try CarriedTensors.fetch(pool, layout, copies, on: transport)
            guard transport.isCoordinator else { return carried == nil }
            let files = try ModelFiles(like: pool.ingredients[0], layout: layout)
            let file = try AtomicFile(out.file("model.safetensors"))
            let copy = try #require(carried).copy
            let numbers = AlignedBuffer<Float>(count: 2)
            (numbers.base[0], numbers.base[1]) = (3, 4)
            try CheckpointWriter.write(
                { UnsafePointer(numbers.base) + $0.lowerBound },
                layout,
                files,
                open: { _ in file },
                copy: copy
            )
            try file.commit()
            return true
        }
        for outcome in outcomes { #expect(try outcome.get()) }
        var expected = try folder.bytes("m7.safetensors")
        let start = expected.count - 11
        // The parameter is mixed, everything else is the first ingredient's.
        expected.replaceSubrange(start..<start + 8, with: [0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40])
        let soup = try Checkpoint(out.file("model.safetensors"))
        let first = try Checkpoint(paths[0])
        #expect(soup.tensors.keys == first.tensors.keys)
        #expect(try out.bytes("model.safetensors").suffix(19) == expected.suffix(19))
    }
}
