import Foundation
import TestSupport
import Testing

@Suite struct InspectCommandTests {
    @Test func aCheckpointWithItsDescription() throws {
        let run = try Program.run(["inspect", "\(poolFixture)/model_00.safetensors", "--json"])
        #expect(run.status == 0)
        // Counted by hand for channels 1, image 12×12, patch 4, embedding 24, depth 2, 5 classes: patches 16·24 + 24,
        // class token 24, positions 10·24, each encoder block 12·24² + 13·24, last norm 48, head 24·5 + 5.
        #expect(run.output.contains("15,293 parameters in 32 tensors of F32"), "\(run.output)")
        #expect(run.output.contains("images 1×12×12, 5 classes"))
        #expect(run.output.contains("groups: 32 by tensor, 4 by layer, 1 by model"))
        #expect(run.lines.contains { $0.split(separator: " ") == ["head.bias", "5", "F32", "head"] })
        let file = try #require((run.json["files"] as? [[String: Any]])?.first)
        #expect(file["parameters"] as? Int == 15293)
        #expect((file["tensors"] as? [Any])?.count == 32)
        #expect(run.json["pool"] == nil)
    }

    @Test func anExportedGraph() throws {
        let run = try Program.run(["inspect", fixture("ImportedGraphsTests/Fixtures/parts.pt2"), "--json"])
        #expect(run.status == 0)
        // Counted by hand: patches 3·16·12 + 12, positions 4·12, token 12, 12·36 + 36, 12·12 + 12, gate 12, norm 24, 24·5 + 5.
        #expect(run.output.contains("1,433 parameters in 13 tensors, 5 outputs per sample"), "\(run.output)")
        #expect(run.lines.contains { $0.split(separator: " ") == ["aten.permute", "4"] })
        let file = try #require((run.json["files"] as? [[String: Any]])?.first)
        #expect(file["torch_version"] as? String == "2.13.0+cpu" && file["problem"] == nil)
    }

    @Test func aCheckpointAlone() throws {
        let path = fixture("CheckpointsTests/Fixtures/mixed.safetensors")
        let run = try Program.run(["inspect", path])
        #expect(run.status == 0)
        #expect(run.output.contains("tensors only: \(path): tensors: expected those of a vision transformer"))
    }

    @Test func aCheckpointThatIsNotWhatItsDescriptionSays() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(try bytes(of: "\(poolFixture)/model_00.safetensors"), "model.safetensors")
        _ = try folder.write([UInt8](#"{"architecture":"resnet50"}"#.utf8), "config.json")
        let run = try Program.run(["inspect", path])
        #expect(run.status == 0)
        #expect(run.output.contains("tensors only: \(folder.path)/config.json: architecture: expected"))
    }

    @Test func aPool() throws {
        let run = try Program.run(["inspect", poolFixture, "--json"])
        #expect(run.status == 0)
        #expect(run.output.contains("6 checkpoints that fit together"), "\(run.output)")
        let pool = try #require(run.json["pool"] as? [String: Any])
        let ingredients = try #require(pool["ingredients"] as? [[String: Any]])
        #expect(ingredients.count == 6)
        #expect(ingredients.allSatisfy { ($0["distance"] as? Double ?? 0) > 0 })
        #expect(ingredients.allSatisfy { $0["duplicate_of"] == nil })
    }

    @Test func checkpointsThatDoNotFit() throws {
        let other = fixture("CheckpointsTests/Fixtures/mixed.safetensors")
        let run = try Program.run(["inspect", "\(poolFixture)/model_00.safetensors", other])
        #expect(run.status == 0)
        #expect(run.output.contains("they do not fit together: \(other): tensor \""), "\(run.output)")
    }

    @Test func aDataSet() throws {
        let run = try Program.run(["inspect", "\(poolFixture)/heldout.npz[0:100]", "--json"])
        #expect(run.status == 0)
        #expect(
            run.output.contains("100 samples of 1×12×12 (channels×height×width), 5 classes"),
            "\(run.output)"
        )
        let file = try #require((run.json["files"] as? [[String: Any]])?.first)
        let labels = try #require(file["labels"] as? [[String: Any]])
        #expect(labels.compactMap { $0["samples"] as? Int }.reduce(0, +) == 100)
        let images = try Program.run(["inspect", fixture("DatasetsTests/Fixtures/idx") + ":train"])
        #expect(images.status == 0)
        let tensors = try Program.run(["inspect", fixture("DatasetsTests/Fixtures/colour.safetensors")])
        #expect(tensors.output.contains("data set"))
    }

    @Test func aRunsFolder() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(try bytes(of: "\(poolFixture)/model_00.safetensors"), "model.safetensors")
        _ = try folder.write(try bytes(of: traceFixture), "trace.pb")
        _ = try folder.write(try bytes(of: ranksFixture), "trace-ranks.pb")
        _ = try folder.write([UInt8](#"{"zeta":1.50,"alpha":[1,{"b":"x{]"}]}"#.utf8), "metrics.json")
        _ = try folder.write([UInt8](twoCoefficients.utf8), "coefficients.json")
        let run = try Program.run(["inspect", folder.path, "--json"])
        #expect(run.status == 0, "\(run.errors)")
        // Members keep their order, numbers their digits.
        #expect(run.lines.contains(#"  {"zeta": 1.50, "alpha": [1, {"b": "x{]"}]}"#), "\(run.output)")
        #expect(run.output.contains("mehl+, seed 18446744073709551615, program 0.1.0"))
        #expect(
            run.lines.contains { $0.split(separator: " ") == ["-0.5", "0.125", "0.75", "m0.safetensors"] }
        )
        #expect(run.output.contains("Σ α is not 1 in 1 of 2 groups; furthest off is \"head\" with 1.25"))
        #expect((run.json["files"] as? [Any])?.count == 5)
    }

    @Test func wrongFilesAreNamed() throws {
        let folder = try TemporaryFolder()
        let nested = try folder.write([UInt8](repeating: 91, count: 100_000), "metrics.json")
        expectWrong(try Program.run(["inspect", nested]), nested, "expected JSON")
        // UTF-16, of which a reader of bytes would see brackets.
        let wide = try folder.write([0xFF, 0xFE] + [UInt8](repeating: 91, count: 100_000), "wide.json")
        expectWrong(try Program.run(["inspect", wide]), "UTF-8")
        let other = try folder.write([UInt8]("hello, world".utf8), "notes.txt")
        expectWrong(try Program.run(["inspect", other]), other, "another kind of file")
        let cut = try folder.write(
            try bytes(of: "\(poolFixture)/model_00.safetensors").dropLast(),
            "cut.safetensors"
        )
        expectWrong(try Program.run(["inspect", cut, "--json"]), cut, "bytes")
        expectWrong(try Program.run(["inspect", "nowhere"]), "nowhere")
        expectWrong(try Program.run(["inspect", "\(poolFixture)/heldout.npz[5:5]"]), "range")
        expectWrong(try Program.run(["inspect", fixture("DatasetsTests/Fixtures/idx")]), ":train")
        expectWrong(try Program.run(["inspect"]), "file")
    }

    @Test func aClosedPipeIsNoFailure() throws {
        let run = try Program.run(["inspect", poolFixture], readsOutput: false)
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
    }
}

/// α of m0: −0.5 and 0.75; of m1: 1.5 and 0.5.
private let twoCoefficients = """
    {"models":[{"path":"m0.safetensors","sha256":"\(String(repeating: "0", count: 64))"},
    {"path":"m1.safetensors","sha256":"\(String(repeating: "a", count: 64))"}],
    "groups":["body","head"],"alpha":[[-0.5,1.5],[0.75,0.5]],"temperature":1}
    """
