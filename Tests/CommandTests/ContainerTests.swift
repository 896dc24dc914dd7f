import Foundation
import TestSupport
import Testing

/// The same pool in every container gives the same soup, alone and on two ranks.
@Suite(.serialized) struct ContainerTests {
    /// The pool's first models as other programs would have saved them, each pool in a folder of its own.
    private struct Pools {
        static let names = ["plain", "torch", "wrapped", "sharded"]
        let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            let description = try bytes(of: "\(poolFixture)/config.json")
            for index in 0..<3 {
                let model = try Safetensors("\(poolFixture)/model_0\(index).safetensors")
                let matrices = model.tensors.filter { $0.name.hasSuffix("fc1.weight") }.map(\.name)
                try write(noted(model.tensors), "plain/model_\(index).safetensors")
                // In another order than that of the names, with some matrices transposed.
                let torch = TorchFiles(tensors: model.tensors.reversed(), transposed: Set(matrices))
                try write(torch.bytes, "torch/model_\(index).pt")
                let run = "wrapped/run_\(index)"
                let wrapped = TorchFiles(tensors: model.tensors, prefix: "module.", wrapper: "state_dict")
                try write(wrapped.bytes, "\(run)/pytorch_model.bin")
                try write([0], "\(run)/training_args.bin")
                try write(description, "\(run)/config.json")
                try writeShards(model.tensors, "sharded/run_\(index)")
                try write(description, "sharded/run_\(index)/config.json")
            }
            for name in ["plain", "torch"] { try write(description, "\(name)/config.json") }
        }

        func path(_ name: String) -> String { folder.file(name) }

        func write(_ bytes: [UInt8], _ name: String) throws {
            let path = folder.file(name)
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
                withIntermediateDirectories: true
            )
            _ = try folder.write(bytes, name)
        }

        private func writeShards(_ tensors: [Safetensors.Tensor], _ folder: String) throws {
            let middle = tensors.count / 3
            var entries: [String] = []
            for (number, part) in [tensors[..<middle], tensors[middle...]].enumerated() {
                let name = "model-0000\(number + 1)-of-00002.safetensors"
                try write(noted(Array(part)), "\(folder)/\(name)")
                entries += part.map { "\"\($0.name)\": \"\(name)\"" }
            }
            let index = "{\"metadata\": {}, \"weight_map\": {\(entries.joined(separator: ", "))}}"
            try write(Array(index.utf8), "\(folder)/model.safetensors.index.json")
        }
    }

    /// A safetensors file that notes where it comes from, as those of timm and Hugging Face do.
    ///
    /// * `notes`: beside the format, as JSON
    private static func noted(_ tensors: [Safetensors.Tensor], notes: String = "") -> [UInt8] {
        let file = Safetensors(tensors).bytes
        let length = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = String(decoding: file[8..<8 + length], as: UTF8.self)
        header = header.replacingOccurrences(of: ", ", with: ",")
        header = "{\"__metadata__\":{\"format\":\"pt\"\(notes)}," + header.dropFirst()
        header += String(repeating: " ", count: -header.utf8.count & 7)
        return littleEndian(UInt64(header.utf8.count)) + header.utf8 + file[(8 + length)...]
    }

    private func run(_ arguments: [String], ranks: Int = 1) throws {
        let run = try Program.run(
            arguments,
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
        #expect(run.status == 0, "\(arguments): \(run.errors)")
    }

    /// What a soup notes.
    private static let soup = ",\"mehlsoup\":\"soup\""

    /// α alone: the models' paths and digests differ.
    private func alpha(_ folder: TemporaryFolder, _ name: String) throws -> [[Double]]? {
        let json = try JSONSerialization.jsonObject(with: folder.bytes("\(name)/coefficients.json"))
        return (json as? [String: Any])?["alpha"] as? [[Double]]
    }

    @Test(arguments: [1, 2]) func allGiveTheSameSoup(ranks: Int) throws {
        let pools = try Pools()
        let out = try TemporaryFolder()
        for name in Pools.names {
            if name == "sharded" {
                // Of an earlier run, and not to be taken for the new soup.
                try FileManager.default.createDirectory(
                    atPath: out.file(name),
                    withIntermediateDirectories: false
                )
                _ = try out.write([UInt8](out.bytes("plain/model.safetensors")), "\(name)/model.safetensors")
            }
            try run(
                ["learn", "--models", pools.path(name), "--data", heldoutFixture, "--out", out.file(name)]
                    + Soup.options + ["--block-size", "2"],
                ranks: ranks
            )
            // Baked again from its coefficients: in one file, and where the pool is sharded in shards too.
            let mix = [
                "mix", "--models", pools.path(name), "--coefficients", out.file("\(name)/coefficients.json"),
            ]
            try FileManager.default.createDirectory(
                atPath: out.file("mixed_\(name)"),
                withIntermediateDirectories: false
            )
            try run(mix + ["--out", out.file("mixed_\(name)/soup.safetensors")], ranks: ranks)
            if name == "sharded" { try run(mix + ["--out", out.file("shards")], ranks: ranks) }
        }
        let model = try out.bytes("plain/model.safetensors")
        #expect(try model == out.bytes("mixed_plain/soup.safetensors"))
        // The soup is none of the ingredients, and not their mean.
        let first = try Safetensors("\(poolFixture)/model_00.safetensors").tensors
        #expect(model.count == Self.noted(first, notes: Self.soup).count)
        #expect(model != Data(Self.noted(first, notes: Self.soup)))
        for name in ["torch", "wrapped"] {
            #expect(try out.bytes("\(name)/model.safetensors") == model, "\(name)")
            #expect(try out.bytes("mixed_\(name)/soup.safetensors") == model, "\(name)")
        }
        #expect(try out.bytes("mixed_sharded/soup.safetensors") == model)
        for name in Pools.names.dropFirst() { #expect(try alpha(out, name) == alpha(out, "plain")) }
        // The shards hold what the ingredients' do, the index is theirs.
        let index = "model.safetensors.index.json"
        #expect(try out.bytes("sharded/\(index)") == pools.folder.bytes("sharded/run_0/\(index)"))
        #expect(!FileManager.default.fileExists(atPath: out.file("sharded/model.safetensors")))
        var parts: [Safetensors.Tensor] = []
        for shard in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
            #expect(try out.bytes("sharded/\(shard)") == out.bytes("shards/\(shard)"))
            parts += try Safetensors(out.file("sharded/\(shard)")).tensors
        }
        #expect(try out.bytes("sharded/\(index)") == out.bytes("shards/\(index)"))
        let sorted = parts.sorted { $0.name < $1.name }
        #expect(Data(Self.noted(sorted, notes: Self.soup)) == model)
    }

    /// A PyTorch file here, another there: listings and weights travel, transposed ones too.
    @Test func scatteredFilesGiveTheSameSoup() throws {
        let pools = try Pools()
        let out = try TemporaryFolder()
        let scattered = try Pools()
        let (first, second) = (scattered.path("0/pool"), scattered.path("1/pool"))
        for folder in [first, second] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: pools.path("torch/config.json"),
                toPath: "\(folder)/config.json"
            )
        }
        for (index, folder) in [second, first, second].enumerated() {
            let name = "model_\(index).pt"
            try FileManager.default.copyItem(atPath: pools.path("torch/\(name)"), toPath: "\(folder)/\(name)")
        }
        let learn = ["learn", "--data", heldoutFixture, "--models"]
        try run(learn + [pools.path("torch"), "--out", out.file("whole")] + Soup.options)
        let script = "cd '\(scattered.folder.path)'/$OMPI_COMM_WORLD_RANK && exec \"$0\" \"$@\""
        let run = try Program.run(
            learn + ["pool", "--out", out.file("parts")] + Soup.options,
            environment: MPI.environment,
            launcher: MPI.launcher(2) + ["sh", "-c", script]
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(try out.bytes("parts/model.safetensors") == out.bytes("whole/model.safetensors"))
        #expect(try alpha(out, "parts") == alpha(out, "whole"))
    }

    @Test func inspectShowsThem() throws {
        let pools = try Pools()
        for name in Pools.names {
            let run = try Program.run(["inspect", pools.path(name), "--json"])
            #expect(run.status == 0, "\(run.errors)")
            #expect((run.json["files"] as? [Any])?.count == 3, "\(name)")
        }
    }

    @Test func aPickleThatRunsACommandIsNamed() throws {
        let scratch = try Scratch()
        try FileManager.default.copyItem(
            atPath: fixture("CheckpointsTests/Fixtures/torch/evil_inside.pt"),
            toPath: "\(scratch.pool)/model_9.pt"
        )
        expectWrong(try Program.run(scratch.learn()), "model_9.pt", "posix.system", "torch.save(")
        #expect(try !FileManager.default.contentsOfDirectory(atPath: ".").contains("pwned"))
    }
}
