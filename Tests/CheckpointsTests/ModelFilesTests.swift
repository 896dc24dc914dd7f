import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// Soups written as the ingredients are: what is mixed, what is carried along, and where it stands.
@Suite struct ModelFilesTests {
    /// The tensors of make_torch.py that are mixed here; "tied.b" is another name of one.
    private static let layout = ParameterLayout([
        ("half", [7], ""), ("transposed", [3, 5], ""), ("tied.a", [2, 3], ""), ("brain", [4, 3], ""),
        ("row_major", [3, 5], ""),
    ])

    /// Writes the parameters of `name` itself into a folder, so that what comes out is what went in.
    private func rewrite(
        _ name: String,
        add: Float = 0,
        inOneFile: Bool = false,
        weights: WeightsKind? = nil
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let first = try Checkpoint(fixture("torch/\(name)"), weights: weights)
        let layout = Self.layout
        var parameters = [Float](repeating: 0, count: layout.count)
        try IngredientPool([first]).read(0, 0..<layout.count, of: layout, into: &parameters)
        for index in parameters.indices { parameters[index] += add }
        let files = try ModelFiles(like: first, layout: layout, inOneFile: inOneFile)
        var opened: [AtomicFile] = []
        try parameters.withUnsafeBufferPointer { parameters in
            let base = try #require(parameters.baseAddress)
            try CheckpointWriter.write({ base + $0.lowerBound }, layout, files) { name in
                let file = try AtomicFile(folder.file(name))
                opened.append(file)
                return file
            } copy: {
                try first.copyStored($0, $1, into: $2)
            }
        }
        for file in opened { try file.commit() }
        #expect(try folder.names == files.names.sorted())
        return folder
    }

    /// Byte for byte what safetensors' own library makes of the same tensors.
    @Test(arguments: ["plain.pt", "training.ckpt", "sharded_bin", "sharded"])
    func oneFileIsWhatPythonWrites(name: String) throws {
        // Beside the weights of the last step training.ckpt has an average.
        let folder = try rewrite(name, inOneFile: true, weights: name == "training.ckpt" ? .raw : nil)
        #expect(try folder.names == ["model.safetensors"])
        var written = [UInt8](try folder.bytes("model.safetensors"))
        // The fixtures in safetensors' form have no notes in their headers.
        if name != "sharded" { written = try withoutMetadata(written) }
        #expect(try written == bytes(of: fixture("torch/plain.safetensors")))
    }

    @Test func shardsStayAsTheyAre() throws {
        let folder = try rewrite("sharded")
        let original = fixture("torch/sharded")
        let names = try FileManager.default.contentsOfDirectory(atPath: original).sorted()
        #expect(try folder.names == names)
        for name in names {
            #expect(try [UInt8](folder.bytes(name)) == bytes(of: "\(original)/\(name)"), "\(name)")
        }
    }

    @Test func shardsOfPyTorchBecomeSafetensors() throws {
        let folder = try rewrite("sharded_bin")
        let original = fixture("torch/sharded")
        #expect(
            try folder.names
                == FileManager.default.contentsOfDirectory(atPath: original).sorted()
        )
        let index = "model.safetensors.index.json"
        #expect(try [UInt8](folder.bytes(index)) == bytes(of: "\(original)/\(index)"))
        for name in try folder.names where name != index {
            let written = try withoutMetadata([UInt8](folder.bytes(name)))
            #expect(try written == bytes(of: "\(original)/\(name)"), "\(name)")
        }
        #expect(try Checkpoint(folder.path).tensors.count == 18)
    }

    @Test func whatIsNotMixedStaysAndWhatIsTiedFollows() throws {
        let folder = try rewrite("plain.pt", add: 1)
        let before = try Checkpoint(fixture("torch/plain.pt"))
        let after = try Checkpoint(folder.file("model.safetensors"))
        let mixed = Set(Self.layout.parameters.map(\.name) + ["tied.b"])
        for (name, tensor) in after.tensors {
            let old = try #require(before.tensors[name])
            var stored = [UInt8](repeating: 0, count: tensor.byteCount)
            var expected = stored
            try after.copyStored(tensor, 0..<tensor.count, into: &stored)
            try before.copyStored(old, 0..<old.count, into: &expected)
            #expect((stored == expected) == !mixed.contains(name), "\(name)")
        }
        let tied = try #require(after.tensors["tied.b"])
        var numbers = [Float](repeating: 0, count: 6)
        try after.read(tied, 0..<6, into: &numbers)
        #expect(numbers == [2.5, 3, 3.5, 4, 4.5, 5] as [Float])
        // Without sharing in the file the other name is a tensor of its own.
        let files = try ModelFiles(
            like: Checkpoint(fixture("torch/plain.safetensors")),
            layout: Self.layout
        )
        #expect(files.carried.contains { $0.name == "tied.b" })
    }

    @Test func onlyNumbersThatCanBeMixedAreParameters() throws {
        let path = fixture("torch/plain.pt")
        let error = #expect(throws: CheckpointError.self) {
            try ModelFiles(like: Checkpoint(path), layout: ParameterLayout([("double", [3], "")]))
        }
        #expect(
            error?.description
                == "\(path): tensor \"double\": expected an element type of F32, F16, BF16, found F64"
        )
    }

    /// Takes {"format":"pt"} out of a header.
    private func withoutMetadata(_ file: [UInt8]) throws -> [UInt8] {
        let length = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let note = #""__metadata__":{"format":"pt"},"#
        let header = String(decoding: file[8..<8 + length], as: UTF8.self)
        #expect(header.contains(note))
        var text = header.replacingOccurrences(of: note, with: "").trimmingCharacters(in: .whitespaces)
        text += String(repeating: " ", count: -text.utf8.count & 7)
        return safetensors(text, data: Array(file[(8 + length)...]))
    }
}
