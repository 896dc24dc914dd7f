import Foundation
import TestSupport
import Testing

/// `compare`: its table, files and page, alone and on ranks.
@Suite(.serialized) struct CompareCommandTests {
    private static let methods = [
        "best", "uniform", "greedy", "learned", "learned+", "hl", "hl+", "mehl", "mehl+",
    ]

    private func compare(into folder: TemporaryFolder, _ more: [String], ranks: Int = 1) throws -> Program.Run
    {
        try Program.run(
            [
                "compare", "--models", poolFixture, "--data", "\(heldoutFixture)[0:220]", "--eval-data",
                "\(heldoutFixture)[220:320]", "--out", folder.path, "--block-size", "4", "--epochs", "2",
                "--batch-size", "64", "--json",
            ] + more,
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
    }

    private func json(_ path: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(try bytes(of: path)))
        return try #require(object as? [String: Any])
    }

    @Test func everyMethodHasARowAFolderAndItsPlaceOnThePage() throws {
        let folder = try TemporaryFolder()
        let run = try compare(into: folder, ["--seeds", "1,2"])
        #expect(run.status == 0, "\(run.errors)")
        let comparison = try json("\(folder.path)/compare.json")
        #expect(run.json as NSDictionary == comparison as NSDictionary)
        let systems = try #require(comparison["systems"] as? [[String: Any]])
        #expect(systems.map { $0["method"] as? String } == Self.methods)
        for (system, method) in zip(systems, Self.methods) {
            #expect(run.lines.contains { $0.hasPrefix("\(method) ") }, "\(method)")
            let runs = try #require(system["runs"] as? [[String: Any]])
            let learns = !["best", "uniform", "greedy"].contains(method)
            #expect(runs.count == (learns ? 2 : 1), "\(method)")
            let test = try #require(system["test"] as? [String: Any])
            let accuracies = runs.compactMap { $0["test_accuracy"] as? Double }
            let mean = accuracies.reduce(0, +) / Double(accuracies.count)
            #expect(abs(try #require(test["accuracy"] as? Double) - mean) < 1e-15)
            // Of two numbers the sample standard deviation is their distance over √2.
            if learns {
                let spread = abs(accuracies[0] - accuracies[1]) / 2.0.squareRoot()
                #expect(abs(try #require(test["standard_deviation"] as? Double) - spread) < 1e-15)
            }
            let places = learns ? ["\(method)/seed-1", "\(method)/seed-2"] : [method]
            for (place, metrics) in zip(places, runs) {
                let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(place)")
                #expect(
                    Set(names) == [
                        "model.safetensors", "config.json", "coefficients.json", "trace.pb", "trace-ranks.pb",
                        "metrics.json", "config.yaml", "report.html", "README.md",
                    ],
                    "\(place)"
                )
                #expect(
                    try json("\(folder.path)/\(place)/metrics.json") as NSDictionary == metrics
                        as NSDictionary
                )
            }
        }
        try checkPage(folder, systems)
    }

    /// The page, as a browser shows it, against compare.json.
    private func checkPage(_ folder: TemporaryFolder, _ systems: [[String: Any]]) throws {
        let browser = try Browser()
        for screen in [Browser.Screen.phone, .desktop] {
            #expect(try browser.open("\(folder.path)/report.html", on: screen) == [])
            #expect(try browser.overflow(on: screen) == [])
            #expect(try browser.screenshot().count > 50_000)
        }
        let cells = try browser.dataValues()
        for system in systems {
            let method = try #require(system["method"] as? String)
            func shown(_ field: String) -> Double? {
                cells.first { $0["system"] == method && $0["field"] == field }?["value"].flatMap(Double.init)
            }
            /// Foundation's reader of JSON is off by a last digit now and then.
            func expect(_ field: String, _ value: Any?) throws {
                let (found, wanted) = (try #require(shown(field)), try #require(value as? Double))
                #expect(abs(found - wanted) <= 1e-12 * max(1, abs(wanted)), "\(method): \(field)")
            }
            for name in ["heldout", "test"] {
                let statistic = try #require(system[name] as? [String: Any])
                for field in ["accuracy", "low", "high", "loss"] {
                    try expect("\(name)_\(field)", statistic[field])
                }
            }
            for field in ["seconds", "steps", "temperature"] { try expect(field, system[field]) }
        }
    }

    /// The same soups as `learn` makes by itself, and the same on four ranks.
    @Test func ranksAndCompanyChangeNoByte() throws {
        let (alone, together, single) = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
        let methods = ["--methods", "greedy,mehl+,best"]
        let first = try compare(into: alone, methods)
        #expect(first.status == 0, "\(first.errors)")
        let second = try compare(into: together, methods, ranks: 4)
        #expect(second.status == 0, "\(second.errors)")
        for method in ["greedy", "mehl+", "best"] {
            for file in ["trace.pb", "coefficients.json", "model.safetensors"] {
                let name = "\(method)/\(file)"
                #expect(
                    try bytes(of: "\(alone.path)/\(name)") == bytes(of: "\(together.path)/\(name)"),
                    "\(name)"
                )
            }
        }
        let run = try Program.run([
            "learn", "--config", "\(alone.path)/mehl+/config.yaml", "--out", single.path,
        ])
        #expect(run.status == 0, "\(run.errors)")
        for file in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(
                try bytes(of: "\(alone.path)/mehl+/\(file)") == bytes(of: "\(single.path)/\(file)"),
                "\(file)"
            )
        }
    }

    /// Results of an earlier comparison, taken as ingredients of one that would write over them.
    @Test func noIngredientIsWrittenOver() throws {
        let folder = try TemporaryFolder()
        let first = try compare(into: folder, ["--methods", "uniform,greedy"])
        #expect(first.status == 0, "\(first.errors)")
        let files = ["uniform", "greedy"].map { "\(folder.path)/\($0)/model.safetensors" }
        let before = try files.map { try bytes(of: $0) }
        let run = try Program.run(
            ["compare", "--models"] + files
                + ["--data", heldoutFixture, "--out", folder.path, "--methods", "best,greedy"]
        )
        expectWrong(run, "a folder without ingredients", "greedy/model.safetensors")
        #expect(try files.map { try bytes(of: $0) } == before)
    }

    /// Without test images no system may be called the best.
    @Test func heldOutImagesDecideNothing() throws {
        let folder = try TemporaryFolder()
        let run = try Program.run([
            "compare", "--models", poolFixture, "--data", heldoutFixture, "--out", folder.path, "--methods",
            "best,mehl+", "--epochs", "1",
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("without --eval-data nobody can say which is best"))
        let page = String(decoding: try bytes(of: "\(folder.path)/report.html"), as: UTF8.self)
        #expect(!page.contains("★ winner"))
    }

    @Test func paperMeansThePublishedSettings() throws {
        let folder = try TemporaryFolder()
        let run = try Program.run([
            "learn", "--paper", "--models", poolFixture, "--data", heldoutFixture, "--out", folder.path,
        ])
        #expect(run.status == 0, "\(run.errors)")
        let text = String(decoding: try bytes(of: "\(folder.path)/config.yaml"), as: UTF8.self)
        let lines = Set(text.split(separator: "\n").map(String.init))
        let published = [
            "method: mehl+", "granularity: tensor", "block-size: 18", "outer-epochs: 1", "epochs: 5",
            "batch-size: 128", "lr: 0.01", "shared-lr: 0.0", "weight-decay: 0.0", "clip: 1.0", "warmup: 0.2",
            "schedule: cosine", "directions: unit", "start: block", "monitor: 0.0",
        ]
        for line in published { #expect(lines.contains(line), "\(line)") }
    }
}
