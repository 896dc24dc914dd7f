import Foundation
import TestSupport
import Testing

/// The look at the ingredients before anything is learned, as people see it.
@Suite struct LookCommandTests {
    /// The table's rows of a run's output: those that name an ingredient.
    private func rows(_ run: Program.Run) -> [String] {
        let lines = (run.output + run.errors).split(separator: "\n").map(String.init)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("ingredients by themselves") }) else {
            return []
        }
        return lines[(start + 1)...].prefix { $0.hasPrefix("  ") }.filter { $0.contains("model_0") }
    }

    @Test func learnShowsEveryIngredientAndTheBest() throws {
        let scratch = try Scratch()
        let run = try Program.run(scratch.learn("--eval-data", "\(heldoutFixture)[0:100]", "--json"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(rows(run).count == 3 && rows(run).count { $0.contains("★ best") } == 1)
        #expect(run.errors.contains("will take about") && run.errors.contains("will need about"))
        let look = try #require(run.json["look"] as? [String: Any])
        let ingredients = try #require(look["ingredients"] as? [[String: Any]])
        #expect(ingredients.count == 3)
        let best = try #require(run.json["best"] as? [String: Any])
        #expect(best["name"] as? String == ingredients[try #require(look["best"] as? Int)]["name"] as? String)
        // What `best` says is what `evaluate` says of that file.
        let alone = try Program.run([
            "evaluate", "--model", try #require(best["path"] as? String), "--data", heldoutFixture, "--json",
        ])
        #expect(alone.json["accuracy"] as? Double == best["heldout_accuracy"] as? Double)
        let page = String(decoding: try bytes(of: "\(scratch.out)/report.html"), as: UTF8.self)
        #expect(page.contains("id=\"ingredients\"") && page.contains("data-field=\"look_accuracy\""))
        let card = String(decoding: try bytes(of: "\(scratch.out)/README.md"), as: UTF8.self)
        #expect(card.contains("accuracy alone"))
        let trace = try Program.run(["trace", "show", scratch.out])
        #expect(trace.output.contains("ingredient on look"))
    }

    @Test func inspectShowsTheSame() throws {
        let scratch = try Scratch()
        let learned = try Program.run(scratch.learn("--look", "100"))
        let inspected = try Program.run(
            ["inspect", scratch.pool, "--data", heldoutFixture, "--look", "100", "--json"]
        )
        #expect(inspected.status == 0, "\(inspected.errors)")
        #expect(rows(learned).count == 3 && rows(learned) == rows(inspected))
        #expect(inspected.json["look"] is [String: Any])
    }

    @Test func aDryRunWritesNothing() throws {
        let scratch = try Scratch()
        let before = try scratch.contents()
        for arguments in [
            scratch.learn("--dry-run"), scratch.compare(["--dry-run", "--methods", "best,mehl+"]),
        ] {
            let run = try Program.run(arguments)
            #expect(run.status == 0, "\(run.errors)")
            #expect(rows(run).count == 3 && run.output.contains("will take about"))
        }
        #expect(try scratch.contents() == before)
    }

    @Test func withoutALookThereIsNoTable() throws {
        let scratch = try Scratch()
        let run = try Program.run(scratch.learn("--look", "0"))
        #expect(run.status == 0 && rows(run).isEmpty)
        expectWrong(try Program.run(scratch.learn("--look", "-1")), "--look", "at least 0")
    }

    /// Images that tell nothing of their labels.
    @Test func chanceIsRefused() throws {
        let scratch = try Scratch()
        let data = try scratch.dataset(labels: (0..<200).map { $0 % 5 })
        let before = try scratch.contents()
        expectWrong(try Program.run(scratch.learn(data: data)), data, "chance", "20.00%", "--anyway")
        #expect(try scratch.contents() == before)
        let forced = try Program.run(scratch.learn(data: data) + ["--anyway", "--json"])
        #expect(forced.status == 0, "\(forced.errors)")
        let findings = try #require(forced.json["findings"] as? [[String: Any]])
        #expect(findings.contains { ($0["text"] as? String)?.contains("chance") == true })
        #expect(forced.errors.contains("mehlsoup: warning: \(data): no ingredient does better than chance"))
        let dry = try Program.run(scratch.learn(data: data) + ["--dry-run"])
        expectWrong(dry, "chance")
    }

    /// Classes numbered otherwise than the images' labels: here the models' rows are moved on by one.
    @Test(arguments: [1, 2]) func labelsShiftedByOneAreRefused(ranks: Int) throws {
        let scratch = try Scratch()
        for model in 0..<3 {
            try scratch.changeTensors("model_0\(model).safetensors") { file in
                for name in ["head.weight", "head.bias"] {
                    guard var tensor = file[name] else { continue }
                    let row = tensor.bytes.count / 5
                    tensor.bytes = Array(tensor.bytes[row...] + tensor.bytes[..<row])
                    file[name] = tensor
                }
            }
        }
        let run = try Program.run(
            scratch.learn(),
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
        #expect(run.status == 2 && run.output.isEmpty)
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: ") }
        #expect(
            lines.count == 1 && lines[0].contains("numbered otherwise than the model's classes"),
            "\(run.errors)"
        )
    }

    /// One ingredient whose head is zero guesses the same class always; the others do well.
    @Test func oneFarBelowTheOthersIsNamed() throws {
        let scratch = try Scratch()
        try scratch.changeTensors("model_01.safetensors") { file in
            guard var tensor = file["head.weight"] else { return }
            tensor.bytes = Array(repeating: 0, count: tensor.bytes.count)
            file["head.weight"] = tensor
        }
        let run = try Program.run(scratch.learn("--json"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("model_01.safetensors is far below the others"))
    }
}
