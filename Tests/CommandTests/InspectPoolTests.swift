import Foundation
import TestSupport
import Testing

/// What `inspect` says of pools in which something is to be seen before they are mixed.
@Suite struct InspectPoolTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func inspect() throws -> (run: Program.Run, ingredients: [[String: Any]], pool: [String: Any]) {
        let run = try Program.run(["inspect", folder.path, "--json"])
        #expect(run.status == 0, "\(run.errors)")
        let pool = try #require(run.json["pool"] as? [String: Any])
        return (run, try #require(pool["ingredients"] as? [[String: Any]]), pool)
    }

    @Test func theSameWeightsTwice() throws {
        for (name, source) in [("a", "model_00"), ("b", "model_00"), ("c", "model_01")] {
            _ = try folder.write(
                try bytes(of: "\(poolFixture)/\(source).safetensors"),
                "\(name).safetensors"
            )
        }
        let (run, ingredients, _) = try inspect()
        let note = "\(folder.path)/b.safetensors (the same weights as \(folder.path)/a.safetensors)"
        #expect(run.lines.contains { $0.hasSuffix(note) }, "\(run.output)")
        #expect(run.lines.contains("  look at: 1 duplicate"))
        #expect(ingredients[1]["duplicate_of"] as? String == "\(folder.path)/a.safetensors")
        #expect(ingredients[2]["duplicate_of"] == nil)
    }

    @Test func aWeightThatIsNoNumber() throws {
        for index in 0..<3 {
            var weights = try Safetensors("\(poolFixture)/model_0\(index).safetensors")
            if index == 1 {
                weights["head.bias"] = .floats("head.bias", [5], [1, .nan, 2, -.infinity, 3])
            }
            _ = try folder.write(weights.bytes, "m\(index).safetensors")
        }
        let (run, ingredients, _) = try inspect()
        #expect(run.lines.contains("  look at: 1 diverged"), "\(run.output)")
        #expect(run.output.contains("m1.safetensors (diverged: 2 weights not finite or too large"))
        let unusable = try #require(ingredients[1]["unusable"] as? [String: Any])
        #expect(unusable["count"] as? Int == 2 && unusable["element"] as? Int == 1)
        #expect(unusable["tensor"] as? String == "head.bias")
        #expect(ingredients[1]["distance"] == nil)
        #expect(ingredients[0]["unusable"] == nil && ingredients[0]["distance"] != nil)
    }

    @Test func oneFarFromTheOthers() throws {
        _ = try folder.write(try bytes(of: "\(poolFixture)/config.json"), "config.json")
        for index in 0..<4 {
            var weights = try Safetensors("\(poolFixture)/model_0\(index).safetensors")
            if index == 2, let tensor = weights["blocks.1.mlp.fc1.weight"] {
                weights["blocks.1.mlp.fc1.weight"] = .floats(
                    tensor.name,
                    tensor.shape,
                    tensor.floats.enumerated().map { $1 + ($0 % 2 == 0 ? 2 : -2) }
                )
            }
            _ = try folder.write(weights.bytes, "m\(index).safetensors")
        }
        let (run, ingredients, _) = try inspect()
        #expect(run.lines.contains("  look at: 1 outlier"), "\(run.output)")
        let outlier = try #require(ingredients[2]["outlier"] as? [String: Any])
        #expect(outlier["group"] as? String == "blocks.1")
        #expect(ingredients.filter { $0["outlier"] != nil }.count == 1)
    }

    /// Ingredient k is (1 + k/10) times the first, but for one tensor: the mean is 1.1 times the first, and the first and
    /// the third lie 1/11 of it away.
    @Test func whatIsMixedAndWhatIsNot() throws {
        let source = fixture("VisionModelsTests/Fixtures/hf_clip")
        for file in ["config.json", "preprocessor_config.json"] {
            _ = try folder.write(try bytes(of: "\(source)/\(file)"), file)
        }
        var base = try Safetensors("\(source)/computed.safetensors")
        base.tensors = base.tensors.filter { $0.name.hasPrefix("weight/") }.map { tensor in
            var tensor = tensor
            tensor.name = String(tensor.name.dropFirst("weight/".count))
            return tensor
        }
        let frozen = "vision_model.encoder.layers.0.layer_norm1.weight"
        for index in 0..<3 {
            var weights = base
            for tensor in base.tensors where tensor.name != frozen {
                let values = tensor.floats.map { $0 * (1 + Float(index) / 10) }
                weights[tensor.name] = .floats(tensor.name, tensor.shape, values)
            }
            let numbers = (0..<9).flatMap { littleEndian(Int64($0)) }
            let name = "vision_model.embeddings.position_ids"
            weights[name] = Safetensors.Tensor(name: name, type: "I64", shape: [1, 9], bytes: numbers)
            _ = try folder.write(weights.bytes, "m\(index).safetensors")
        }
        let (run, ingredients, pool) = try inspect()
        // 41 tensors, of which the norm after the tower is no part of the classifier.
        #expect(run.output.contains("would be mixed: "))
        #expect(run.output.contains("carried along from the first ingredient: 3 tensors"), "\(run.output)")
        #expect(
            run.output.contains(
                "the same in all ingredients, and so in every soup: 1 of 39 tensors, 12 parameters: \(frozen)"
            ),
            "\(run.output)"
        )
        let differing = try #require(pool["differing_carried"] as? [String])
        let norm = "vision_model.post_layernorm"
        #expect(differing.sorted() == ["\(norm).bias", "\(norm).weight"] as [String])
        // All but twelve numbers of one norm.
        for (index, share) in [1.0 / 11, 0, 1.0 / 11].enumerated() {
            let found = try #require(ingredients[index]["relative_distance"] as? Double)
            #expect(abs(found - share) < 0.01, "\(found)")
        }
        let file = try #require((run.json["files"] as? [[String: Any]])?.first)
        let model = try #require(file["model"] as? [String: Any])
        #expect(model["family"] as? String == "Hugging Face CLIPForImageClassification")
        let roles = try #require(file["tensors"] as? [[String: Any]]).compactMap { $0["role"] as? String }
        #expect(roles.filter { $0 == "mixed" }.count == 39 && roles.filter { $0 == "carried" }.count == 3)
    }

    /// As `learn` takes them: by a glob, and described by the first alone.
    @Test func foldersByAGlob() throws {
        for index in 0..<3 {
            _ = try folder.write(
                try bytes(of: "\(poolFixture)/model_0\(index).safetensors"),
                "run\(index)-model.safetensors"
            )
            let run = folder.file("run\(index)")
            try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
            try FileManager.default.moveItem(
                atPath: folder.file("run\(index)-model.safetensors"),
                toPath: "\(run)/model.safetensors"
            )
        }
        _ = try folder.write(try bytes(of: "\(poolFixture)/config.json"), "run0/config.json")
        let run = try Program.run(["inspect", folder.file("run*"), "--json"])
        #expect(run.status == 0, "\(run.errors)")
        let files = try #require(run.json["files"] as? [[String: Any]])
        #expect(files.count == 3 && files.allSatisfy { $0["model"] != nil && $0["note"] == nil })
        #expect(!run.output.contains("tensors only"))
        // Several in one folder are named, not taken for images.
        _ = try folder.write([0], "run1/other.pt")
        try FileManager.default.moveItem(
            atPath: folder.file("run1/model.safetensors"),
            toPath: folder.file("run1/last.pt")
        )
        let several = try Program.run(["inspect", folder.path])
        #expect(
            several.status == 2 && several.errors.contains("found last.pt, other.pt: say which with a glob")
        )
    }

    @Test func aTrainingCheckpointsContainer() throws {
        let run = try Program.run([
            "inspect", fixture("CheckpointsTests/Fixtures/torch/training.ckpt"), "--json",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let file = try #require((run.json["files"] as? [[String: Any]])?.first)
        let container = try #require(file["container"] as? [String: Any])
        #expect(container["format"] as? String == "PyTorch")
        #expect(container["wrapper"] is String)
        #expect(run.output.contains("weights under \""))
    }
}
