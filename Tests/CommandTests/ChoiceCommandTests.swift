import Foundation
import TestSupport
import Testing

/// `learn` where nobody says by which method.
@Suite(.serialized) struct ChoiceCommandTests {
    static let options = ["--block-size", "4", "--epochs", "12", "--batch-size", "16", "--threads", "1"]

    private func arguments(_ out: String, _ more: [String]) -> [String] {
        ["learn", "--models", poolFixture, "--data", heldoutFixture, "--out", out] + Self.options + more
    }

    private func run(_ folder: TemporaryFolder, ranks: Int = 1, _ more: [String] = []) throws -> Program.Run {
        try Program.run(
            arguments(folder.path, more),
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
    }

    /// Two lines at the top: what was written and how good it is, and what it gains over the best ingredient; and the page
    /// begins with it.
    @Test func saysWhatItWroteAndWhetherThatIsBetter() throws {
        let folder = try TemporaryFolder()
        let run = try run(folder, ["--json"])
        #expect(run.status == 0, "\(run.errors)")
        let written = try #require(run.json["written"] as? String)
        #expect(run.json["method"] as? String == "auto")
        let table = try #require(run.json["out_of_fold"] as? [String: Any])
        let rows = try #require(table["rows"] as? [[String: Any]])
        let names = rows.compactMap { $0["method"] as? String }
        #expect(names.dropLast() == ["best", "uniform", "selection", "stack", "mehl+"])
        #expect(["mehl+@25", "mehl+@75"].contains(names.last))
        #expect(table["folds"] as? Int == 3 && table["samples"] as? Int == 320)
        for row in rows.dropFirst() {
            let gain = try #require(row["gain"] as? [String: Any])
            let (mean, low, high) = (
                try #require(gain["mean"] as? Double), try #require(gain["low"] as? Double),
                try #require(gain["high"] as? Double)
            )
            #expect(low <= mean && mean <= high)
            let accuracies = [row, rows[0]].compactMap { $0["accuracy"] as? Double }
            #expect(abs(accuracies[0] - accuracies[1] - mean) < 1e-12)
        }
        #expect(run.lines.contains { $0.contains(written) && $0.contains(" was written: right in ") })
        #expect(
            run.lines.contains { $0.contains("best ingredient") && $0.contains("points") }
                || written == "best"
        )
        #expect(run.lines.count { $0.contains("★ written") } == 1)
        let page = String(decoding: try bytes(of: folder.file("report.html")), as: UTF8.self)
        let choice = try #require(page.range(of: "id=\"choice\""))
        let systems = try #require(page.range(of: "id=\"systems\""))
        #expect(choice.lowerBound < systems.lowerBound)
        let card = String(decoding: try bytes(of: folder.file("README.md")), as: UTF8.self)
        #expect(card.contains("held-out images that it had no part in"))
    }

    /// Stopped again and again, on one number of ranks after another, it comes to the bytes of a run in one piece.
    @Test func stoppedAndTakenUpItComesToTheSame() throws {
        let whole = try TemporaryFolder(inMemory: true)
        #expect(try run(whole, ["--save-every", "100000steps"]).status == 0)
        let folder = try TemporaryFolder(inMemory: true)
        for ranks in [2, 1, 3, 1] {
            let before = Interrupted.inode(folder.file("state-1.json"))
            let running = try Program.start(
                arguments(folder.path, ["--resume", "--save-every", "1steps"]),
                environment: MPI.environment,
                launcher: ranks == 1 ? [] : MPI.launcher(ranks)
            )
            try Interrupted.wait(for: "state-1.json", in: folder.path, otherThan: before)
            running.signal(SIGUSR1)
            let stopped = try running.wait(limit: 60)
            #expect(stopped.status == 3, "\(ranks) ranks: \(stopped.errors)")
        }
        let last = try run(folder, ranks: 2, ["--resume"])
        #expect(last.status == 0, "\(last.errors)")
        for name in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(try bytes(of: folder.file(name)) == bytes(of: whole.file(name)), "\(name)")
        }
    }

    @Test(arguments: [["--folds", "1"], ["--paper"], ["--monitor", "0.2"]])
    func whatCannotBeJudgedIsNotChosen(options: [String]) throws {
        let folder = try TemporaryFolder()
        let run = try run(folder, options + ["--method", "auto"])
        #expect(
            run.status == 2 && run.errors.contains("--method: expected one of a single soup"),
            "\(run.errors)"
        )
    }
}
