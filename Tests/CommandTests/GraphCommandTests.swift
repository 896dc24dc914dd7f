import Foundation
import TestSupport
import Testing

/// Models whose computation a graph tells that PyTorch exported: `--graph`.
@Suite(.serialized) struct GraphCommandTests {
    private static let graph = fixture("PoolSupport/Fixtures/pool.pt2")
    private static let files = ["trace.pb", "coefficients.json", "model.safetensors"]

    /// A folder whose description says of the model no more than how its images are normalised.
    private func scratch(_ description: String = #"{"mean": [0.45], "std": [0.25], "crop_pct": 1.0}"#) throws
        -> Scratch
    {
        let scratch = try Scratch(models: 6)
        _ = try scratch.write(description, "pool/config.json")
        return scratch
    }

    private func coefficients(_ folder: String) throws -> [[Double]] {
        let file = try JSONSerialization.jsonObject(with: Data(try bytes(of: "\(folder)/coefficients.json")))
        return try #require((file as? [String: Any])?["alpha"] as? [[Double]])
    }

    /// The pool is of a family that is known without a graph: both ways compute the same, but for the last bits.
    @Test func itLearnsWhatTheFamilyLearns() throws {
        let scratch = try scratch()
        let options = Soup.options + ["--graph", Self.graph]
        let run = try Program.run(
            ["learn", "--models", scratch.pool, "--data", heldoutFixture, "--out", scratch.out] + options
        )
        #expect(run.status == 0, "\(run.errors)")
        let (own, known) = (
            try coefficients(scratch.out), try coefficients(Soup.shared().path)
        )
        // Groups are in the order in which a graph reads the tensors; each has one coefficient per ingredient.
        #expect(own.count == known.count)
        for ingredient in 0..<6 {
            let sums = [own, known].map { $0.reduce(0) { $0 + $1[ingredient] } / Double(own.count) }
            #expect(abs(sums[0] - sums[1]) < 1e-3)
        }
        let evaluated = try Program.run([
            "evaluate", "--model", "\(scratch.out)/model.safetensors", "--data", heldoutFixture, "--json",
            "--graph", Self.graph,
        ])
        #expect(evaluated.status == 0, "\(evaluated.errors)")
        let before = try Program.run([
            "evaluate", "--model", "\(Soup.shared().path)/model.safetensors", "--data", heldoutFixture,
            "--json",
        ])
        let losses = [evaluated, before].compactMap { $0.json["loss"] as? Double }
        #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-3 * losses[1], "\(losses)")
    }

    @Test(arguments: [2, 3]) func ranksChangeNoByte(ranks: Int) throws {
        let scratch = try scratch()
        for (out, launcher) in [("alone", []), ("ranks", MPI.launcher(ranks))] {
            let run = try Program.run(
                [
                    "learn", "--models", scratch.pool, "--data", heldoutFixture, "--out",
                    "\(scratch.path)/\(out)",
                    "--epochs", "1", "--graph", Self.graph,
                ],
                environment: MPI.environment,
                launcher: launcher
            )
            #expect(run.status == 0, "\(run.errors)")
        }
        for name in Self.files {
            #expect(
                try bytes(of: "\(scratch.path)/ranks/\(name)") == bytes(of: "\(scratch.path)/alone/\(name)"),
                "\(name) on \(ranks) ranks"
            )
        }
        let mix = try Program.run([
            "mix", "--models", scratch.pool, "--coefficients", "\(scratch.path)/alone/coefficients.json",
            "--out", "\(scratch.path)/mixed.safetensors", "--graph", Self.graph,
        ])
        #expect(mix.status == 0, "\(mix.errors)")
        #expect(
            try bytes(of: "\(scratch.path)/mixed.safetensors")
                == bytes(of: "\(scratch.path)/alone/model.safetensors")
        )
    }

    @Test func inspectTellsOfTheModel() throws {
        let scratch = try scratch()
        let run = try Program.run(["inspect", scratch.pool, "--graph", Self.graph])
        #expect(run.status == 0, "\(run.errors)")
        for words in ["exported graph", "pool.pt2", "1×12×12", "5 classes"] {
            #expect(run.output.contains(words), "\(run.output)")
        }
    }

    /// Names under a training module's attribute are found.
    @Test func namesMayHaveAPrefix() throws {
        let scratch = try scratch()
        for index in 0..<6 {
            try scratch.changeTensors("model_0\(index).safetensors") { file in
                for place in file.tensors.indices {
                    file.tensors[place].name = "net.\(file.tensors[place].name)"
                }
            }
        }
        let run = try Program.run(scratch.learn("--method", "mehl", "--graph", Self.graph))
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test func wrongOnesAreNamed() throws {
        func run(_ scratch: Scratch, _ graph: String = Self.graph) throws -> Program.Run {
            try Program.run(scratch.learn("--graph", graph))
        }
        expectWrong(try run(scratch("{}")), "config.json", "mean and std")
        expectWrong(
            try run(scratch(#"{"mean": [0.5], "std": [0.5], "input_size": [1, 14, 14]}"#)),
            "input_size",
            "[1, 12, 12]"
        )
        expectWrong(
            try run(scratch(#"{"mean": [0.5], "std": [0.5], "num_classes": 7}"#)),
            "num_classes",
            "5 as the tensors have"
        )
        expectWrong(try run(scratch(), "nowhere.pt2"), "nowhere.pt2")
        let other = fixture("ImportedGraphsTests/Fixtures/parts.pt2")
        expectWrong(
            try run(scratch(), other),
            "model_00.safetensors",
            "this tensor of the graph",
            "parts.pt2"
        )
        let broken = try scratch()
        _ = try broken.write(Array(bytes(of: Self.graph).dropLast(2000)), "cut.pt2")
        expectWrong(try run(broken, "\(broken.path)/cut.pt2"), "cut.pt2")
    }

    /// A graph that is another file than that of the interrupted run.
    @Test func anotherGraphDoesNotGoOn() throws {
        let folder = try TemporaryFolder(inMemory: true)
        let graph = try folder.write(bytes(of: Self.graph), "graph.pt2")
        let arguments = Interrupted.arguments(folder.file("out"), ["--graph", graph])
        let running = try Program.start(arguments, launcher: ["prlimit", "--fsize=400000", "--core=0"])
        #expect(try running.wait(limit: 60).status == nil)
        let text = "\"torch_version\":\"2.13"
        var other = try bytes(of: Self.graph)
        let place = try #require(other.firstRange(of: Array(text.utf8)))
        other[place.upperBound - 1] = UInt8(ascii: "4")
        _ = try folder.write(other, "graph.pt2")
        let run = try Program.run(arguments + ["--resume"])
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.errors.contains("model description"), "\(run.errors)")
    }
}
