import Foundation
import TestSupport
import Testing

/// What commands make of a model's description, and of a run's own.
@Suite(.serialized) struct DescriptionCommandTests {
    /// Described as of twice the size that the positions are for.
    private func resized() throws -> (scratch: Scratch, data: String) {
        let scratch = try Scratch()
        try scratch.changeDescription("\"img_size\": 12", "\"img_size\": 24")
        try scratch.changeDescription("      12,\n      12", "      24,\n      24")
        return (scratch, try scratch.dataset(labels: [0, 1, 2, 3, 4, 0], shape: [6, 24, 24]))
    }

    private static let words = "positions are interpolated from 3×3 to 6×6 patches"

    @Test func interpolatedPositionsAreSaid() throws {
        let (scratch, data) = try resized()
        let evaluated = try Program.run([
            "evaluate", "--model", "\(scratch.pool)/model_00.safetensors", "--data", data,
        ])
        #expect(evaluated.status == 0)
        #expect(evaluated.errors.contains("warning: \(scratch.pool)/config.json: \(Self.words)"))
        let run = try Program.run(
            scratch.learn(data: data) + ["--method", "uniform", "--json"]
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains(Self.words), "\(run.errors)")
        let findings = try #require(run.json["findings"] as? [[String: Any]])
        #expect(findings.contains { ($0["text"] as? String)?.contains(Self.words) == true })
    }

    /// From another working folder: the paths that it was given were relative.
    @Test func theConfigurationHoldsFromAnyFolder() throws {
        let scratch = try Scratch()
        try FileManager.default.copyItem(atPath: heldoutFixture, toPath: "\(scratch.path)/held.npz")
        let options = ["--eval-data", "held.npz[0:20]", "--out", "out", "--epochs", "1", "--method", "mehl"]
        let first = try Program.run(
            ["learn", "--models", "./pool/model_0[01]*", "pool/model_02.safetensors"]
                + ["--data", "./held.npz[20:]"] + options,
            in: scratch.path
        )
        #expect(first.status == 0, "\(first.errors)")
        let other = try TemporaryFolder()
        let again = try Program.run(
            ["learn", "--config", "\(scratch.out)/config.yaml", "--out", "again"],
            in: other.path
        )
        #expect(again.status == 0, "\(again.errors)")
        let model = "model.safetensors"
        #expect(try bytes(of: "\(scratch.out)/\(model)") == bytes(of: other.file("again/\(model)")))
        let trace = try Program.run(["trace", "diff", scratch.out, other.file("again")])
        #expect(trace.status == 0, "\(trace.output)")
        // Into the same folder, where the run's state or end is looked for.
        let resumed = try Program.run(
            ["learn", "--config", "\(scratch.out)/config.yaml", "--resume"],
            in: other.path
        )
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(resumed.errors.contains("the run had come to its end already"), "\(resumed.errors)")
        #expect(try other.names == ["again"])
    }

    @Test func inspectTellsTheTransform() throws {
        let run = try Program.run(["inspect", "\(poolFixture)/model_00.safetensors", "--json"])
        let line =
            "image files: shorter side to 12, bicubic, centre 12×12; pixels of 0 to 1 by mean 0.45 and std 0.25"
        #expect(run.output.contains(line), "\(run.output)")
        let file = try #require((run.json["files"] as? [[String: Any]])?.first)
        let model = try #require(file["model"] as? [String: Any])
        let transform = try #require(model["transform"] as? [String: Any])
        #expect(transform["crop"] as? [Int] == [12, 12])
        #expect(transform["interpolation"] as? String == "bicubic")
    }
}
