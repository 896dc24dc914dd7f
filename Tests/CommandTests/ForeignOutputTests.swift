import Foundation
import TestSupport
import Testing

/// What another program wrote, where a soup is to be written: it stays, unless it is said to go.
@Suite(.serialized) struct ForeignOutputTests {
    /// A model of somebody's, its description and what other libraries put beside.
    private static let foreign = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
        "pytorch_model.bin.index.json", "config.json", "coefficients.json", "metrics.json",
    ]

    /// Puts one of them into a folder of the scratch; returns what it holds.
    private func put(_ name: String, _ folder: String, _ scratch: Scratch) throws -> [UInt8] {
        let path = "\(scratch.path)/\(folder)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let contents: [UInt8]
        if name.hasSuffix(".safetensors") {
            var model = try Safetensors("\(poolFixture)/model_05.safetensors")
            model["head.bias"]?.bytes[0] ^= 1
            contents = model.bytes
        } else if name.hasSuffix(".index.json") {
            contents = [UInt8](#"{"weight_map": {"head.bias": "a.safetensors"}}"#.utf8)
        } else {
            contents = [UInt8](#"{"note": "mine", "accuracy": 0.9}"#.utf8)
        }
        _ = try scratch.write(contents, "\(folder)/\(name)")
        return contents
    }

    @Test(arguments: foreign) func learnLeavesItAlone(name: String) throws {
        let scratch = try Scratch()
        let mine = try put(name, "out", scratch)
        let before = try scratch.contents()
        let run = try Program.run(scratch.learn("--method", "uniform"))
        expectWrong(run, "\(scratch.out)/\(name): expected nothing there", "--restart")
        #expect(try scratch.contents() == before)
        let forced = try Program.run(scratch.learn("--method", "uniform", "--restart"))
        #expect(forced.status == 0, "\(forced.errors)")
        if name == "model.safetensors" { #expect(try bytes(of: "\(scratch.out)/\(name)") != mine) }
    }

    /// A folder that a run wrote is the next run's; a model that was put there since is not.
    @Test(arguments: [1, 2]) func aModelPutIntoARunsFolderStays(ranks: Int) throws {
        let scratch = try Scratch()
        let launcher = ranks == 1 ? [] : MPI.launcher(ranks)
        func learn() throws -> Program.Run {
            try Program.run(
                scratch.learn("--method", "uniform"),
                environment: MPI.environment,
                launcher: launcher
            )
        }
        for _ in 1...2 {
            let run = try learn()
            #expect(run.status == 0, "\(run.errors)")
        }
        let mine = try put("model.safetensors", "out", scratch)
        let run = try learn()
        #expect(run.status == 2)
        #expect(run.errors.contains("out/model.safetensors: expected nothing there"), "\(run.errors)")
        #expect(try bytes(of: "\(scratch.out)/model.safetensors") == mine)
    }

    /// In the last method's folder: known before the first begins.
    @Test(arguments: ["out", "out/greedy"]) func compareLeavesItAlone(folder: String) throws {
        let scratch = try Scratch()
        _ = try put("model.safetensors", folder, scratch)
        let before = try scratch.contents()
        let methods = ["--methods", "uniform,greedy"]
        let run = try Program.run(scratch.compare(methods))
        expectWrong(
            run,
            "\(scratch.path)/\(folder)/model.safetensors: expected nothing there",
            "--restart"
        )
        #expect(try scratch.contents() == before)
        let forced = try Program.run(scratch.compare(methods + ["--restart"]))
        #expect(forced.status == 0, "\(forced.errors)")
    }

    @Test(arguments: ["model.safetensors", "config.json"]) func mixLeavesItAlone(name: String) throws {
        let scratch = try Scratch()
        let mine = try put(name, "mixed", scratch)
        let path = "\(scratch.path)/mixed/model.safetensors"
        let mix = ["mix", "--models", scratch.pool, "--out", path]
        let before = try scratch.contents()
        expectWrong(
            try Program.run(mix),
            "\(scratch.path)/mixed/\(name): expected nothing there",
            "--overwrite"
        )
        #expect(try scratch.contents() == before)
        // With consent; then again over its own.
        for consent in [["--overwrite"], []] {
            let run = try Program.run(mix + consent)
            #expect(run.status == 0, "\(run.errors)")
        }
        #expect(try bytes(of: "\(scratch.path)/mixed/\(name)") != mine)
        let config = try bytes(of: "\(scratch.pool)/config.json")
        #expect(try bytes(of: "\(scratch.path)/mixed/config.json") == config)
    }

    @Test func pagesOfOthersAreLeft() throws {
        let scratch = try Scratch()
        for name in ["config.yaml", "report.html"] { _ = try put(name, "out", scratch) }
        let before = try ["config.yaml", "report.html"].map { try bytes(of: "\(scratch.out)/\($0)") }
        let run = try Program.run(scratch.learn("--method", "uniform"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(try ["config.yaml", "report.html"].map { try bytes(of: "\(scratch.out)/\($0)") } == before)
        for name in ["config.yaml", "report.html"] {
            #expect(run.errors.contains("\(name): left as it is"), "\(run.errors)")
        }
    }

    @Test(arguments: wrongNames) func namesOfOtherForms(wrong: WrongInput) throws {
        try wrong.expectRefusal()
    }
}

private let wrongNames =
    [".pt", ".pth", ".bin", ".ckpt", ".PT", ".pth.tar", ".onnx"].map { ending in
        WrongInput("mix: \(ending)", ["--out", ".safetensors", "soup\(ending)"]) {
            ["mix", "--models", $0.pool, "--out", "\($0.path)/soup\(ending)"]
        }
    } + [
        WrongInput("mix: a folder to be", ["new/", "as ", "new/model.safetensors", "found a folder"]) {
            ["mix", "--models", $0.pool, "--out", "\($0.path)/new/"]
        },
        WrongInput("mix: a folder", ["expected a file to write", "pool/model.safetensors"]) {
            ["mix", "--models", $0.pool, "--out", $0.pool]
        },
        WrongInput("ingredients: a folder with PyTorch files", ["--out", "without checkpoints"]) {
            try FileManager.default.createDirectory(atPath: $0.out, withIntermediateDirectories: false)
            _ = try $0.write("x", "out/model_best.pth.tar")
            return $0.ingredients()
        },
    ]
