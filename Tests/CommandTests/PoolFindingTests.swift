import Foundation
import TestSupport
import Testing

/// What `learn`, `evaluate`, `mix` and `inspect` make of the files that a training left.
@Suite struct PoolFindingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ bytes: [UInt8], _ name: String) throws {
        let path = folder.file(name)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        _ = try folder.write(bytes, name)
    }

    private func model(_ index: Int) throws -> Safetensors {
        try Safetensors("\(poolFixture)/model_0\(index).safetensors")
    }

    /// As timm's train.py --model-ema leaves them: the fixture pool's models are the averages, other models the raw ones.
    private func writeTimmRuns() throws {
        let description = try bytes(of: "\(poolFixture)/config.json")
        for index in 0..<3 {
            let file = TorchFiles(
                tensors: try model(index + 3).tensors,
                wrapper: "state_dict",
                beside: ("state_dict_ema", try model(index).tensors)
            )
            try write(file.bytes, "run\(index)/model_best.pth.tar")
            try write(description, "run\(index)/config.json")
        }
    }

    private func run(_ arguments: [String], ranks: Int = 1) throws -> Program.Run {
        try Program.run(
            arguments,
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
    }

    private func learn(_ models: String, _ out: String, _ more: [String] = [], ranks: Int = 1) throws
        -> Program.Run
    {
        try run(
            ["learn", "--models", models, "--data", heldoutFixture, "--out", folder.file(out)] + Soup.options
                + more,
            ranks: ranks
        )
    }

    private func evaluate(_ model: String, _ more: [String] = []) throws -> Program.Run {
        try run(["evaluate", "--model", model, "--data", heldoutFixture] + more)
    }

    @Test func averagedWeightsAreReadAndSaid() throws {
        try writeTimmRuns()
        let file = folder.file("run1/model_best.pth.tar")
        // The files of the fixture say what is right.
        let averaged = try evaluate("\(poolFixture)/model_01.safetensors").output
        let raw = try evaluate("\(poolFixture)/model_04.safetensors").output
        #expect(averaged != raw)
        let byItself = try evaluate(file)
        #expect(byItself.output == averaged)
        #expect(byItself.errors.contains("averaged weights under \"state_dict_ema\" are read"))
        let chosen = try evaluate(file, ["--weights", "raw"])
        #expect(chosen.output == raw && !chosen.errors.contains("averaged weights"))
        let none = try evaluate("\(poolFixture)/model_01.safetensors", ["--weights", "averaged"])
        #expect(none.status == 2 && none.errors.contains("expected averaged weights (--weights averaged)"))
    }

    @Test(arguments: [1, 2]) func aPoolOfTrainingCheckpoints(ranks: Int) throws {
        try writeTimmRuns()
        let models = folder.file("run*/model_best.pth.tar")
        let first = try learn(models, "averaged", ranks: ranks)
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors.contains("warning: run0, run1, run2: averaged weights"))
        let second = try learn(models, "raw", ["--weights", "raw"], ranks: ranks)
        #expect(second.status == 0, "\(second.errors)")
        #expect(try folder.bytes("averaged/model.safetensors") != folder.bytes("raw/model.safetensors"))
        #expect(String(decoding: try folder.bytes("raw/config.yaml"), as: UTF8.self).contains("weights: raw"))
        // All files have one name.
        let card = String(decoding: try folder.bytes("raw/README.md"), as: UTF8.self)
        for index in 0..<3 { #expect(card.contains("| run\(index) |"), "\(card)") }
        // The coefficients know which weights they are for.
        let mix = [
            "mix", "--models", models, "--coefficients", folder.file("raw/coefficients.json"), "--out",
        ]
        try FileManager.default.createDirectory(
            atPath: folder.file("mixed"),
            withIntermediateDirectories: false
        )
        let mixed = try run(mix + [folder.file("mixed/m.safetensors")], ranks: ranks)
        #expect(mixed.status == 0, "\(mixed.errors)")
        #expect(try folder.bytes("mixed/m.safetensors") == folder.bytes("raw/model.safetensors"))
        let other = try run(
            mix + [folder.file("mixed/n.safetensors"), "--weights", "averaged"],
            ranks: ranks
        )
        #expect(other.status == 2 && other.errors.contains("--weights: expected raw, which"))
    }

    @Test func whatIsPassedOverIsSaid() throws {
        let description = try bytes(of: "\(poolFixture)/config.json")
        for (index, run) in ["lr1", "lr2", "lr3/checkpoint-500", "lr3/checkpoint-1000"].enumerated() {
            try write(try model(index).bytes, "runs/\(run)/model.safetensors")
            try write(description, "runs/\(run)/config.json")
        }
        try write([0x81], "runs/lr4/flax_model.msgpack")
        let words = ["lr3 (checkpoint-500, checkpoint-1000)", "lr4 (Flax's flax_model.msgpack)"]
        let learned = try learn(folder.file("runs"), "soup")
        #expect(learned.status == 0, "\(learned.errors)")
        let inspected = try run(["inspect", folder.file("runs")])
        for word in words {
            #expect(learned.errors.contains(word), "\(learned.errors)")
            #expect(inspected.output.contains(word), "\(inspected.output)")
        }
        let metrics = String(decoding: try folder.bytes("soup/metrics.json"), as: UTF8.self)
        #expect(metrics.contains("lr4 (Flax's"))
    }

    /// A module that trains a model with a weighted loss, as Lightning saves it.
    @Test func aLossBesideTheModel() throws {
        var tensors = try model(0).tensors.map { tensor in
            var tensor = tensor
            tensor.name = "model.\(tensor.name)"
            return tensor
        }
        try write(try bytes(of: "\(poolFixture)/config.json"), "config.json")
        tensors.append(.floats("criterion.weight", [5], [1, 1, 1, 1, 1]))
        try write(Safetensors(tensors).bytes, "m.safetensors")
        let run = try evaluate(folder.file("m.safetensors"))
        #expect(run.output == (try evaluate("\(poolFixture)/model_00.safetensors").output))
        #expect(run.errors.contains("tensor criterion.weight: no part of the model"))
        // What may be a head that is applied after the model is not left out without being told to.
        tensors.append(.floats("fc.weight", [5, 5], Array(repeating: 1, count: 25)))
        try write(Safetensors(tensors).bytes, "m.safetensors")
        let refused = try evaluate(folder.file("m.safetensors"))
        #expect(refused.status == 2)
        #expect(
            refused.errors.contains("tensor fc.weight")
                && refused.errors.contains("module.model.state_dict()")
        )
    }
}
