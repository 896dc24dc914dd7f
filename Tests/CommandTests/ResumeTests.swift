import Foundation
import TestSupport
import Testing

/// Runs that stop when they are asked to, and go on as if nothing had happened.
@Suite(.serialized) struct ResumeTests {
    @Test(arguments: [SIGTERM, SIGINT, SIGUSR1]) func stopsAndGoesOn(signal: Int32) throws {
        let folder = try TemporaryFolder(inMemory: true)
        // Saved at the first step, and not again unless it is stopped.
        let running = try Interrupted.start(folder.path, ["--save-every", "100000steps"])
        try Interrupted.wait(for: "state-0.json", in: folder.path)
        // The thread that computes does not take it.
        #expect(running.blockedSignals & 1 << (signal - 1) != 0)
        running.signal(signal)
        let stopped = try running.wait(limit: 60)
        #expect(stopped.status == 3, "\(stopped.errors)")
        #expect(stopped.output.isEmpty)
        let lines = stopped.errors.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: stopped by SIG") }
        #expect(lines.count == 1 && lines.first?.contains("--resume") == true, "\(stopped.errors)")
        // What it says is saved is what there is.
        let steps = try Interrupted.latestSteps(folder)
        #expect(lines.first?.contains("after step \(steps) of 480, state saved") == true, "\(lines) \(steps)")
        let run = try Interrupted.run(folder.path, ["--resume"])
        #expect(run.status == 0, "\(run.errors)")
        try Interrupted.expectWhole(folder.path)
    }

    /// After each step, since it was asked for.
    @Test func savesAsOftenAsItIsTold() throws {
        let folder = try Interrupted.killed()
        let trace = try Program.run(
            ["trace", "export", folder.file("trace.pb.partial"), "--format", "jsonl"]
        )
        let steps = trace.lines.filter { $0.contains("\"record\":\"step\"") }.count
        #expect(steps > 100)
        let saved = try Interrupted.latestSteps(folder)
        // What was cut may be a look at the monitor, after which the step would have been saved.
        #expect((steps - 1...steps).contains(saved))
        // The first state has number 0; each step of the first coefficient block adds one.
        let numbers = try ["state-0.json", "state-1.json"].map { try sequence(folder, $0) }
        #expect(numbers.max() == saved)
    }

    /// All ranks stop at the same step, and another number of ranks goes on.
    @Test func stopsOnRanksAndGoesOnOnOthers() throws {
        let folder = try TemporaryFolder(inMemory: true)
        for ranks in [3, 2, 4] {
            let before = Interrupted.inode(folder.file("state-1.json"))
            let running = try Interrupted.start(folder.path, ranks: ranks, ["--resume"])
            try Interrupted.wait(for: "state-1.json", in: folder.path, otherThan: before)
            running.signal(SIGUSR1)
            let stopped = try running.wait(limit: 60)
            #expect(stopped.status == 3, "\(ranks) ranks: \(stopped.errors)")
        }
        #expect(try Interrupted.run(folder.path, ranks: 3, ["--resume"]).status == 0)
        try Interrupted.expectWhole(folder.path)
    }

    /// Nothing is written over an interrupted run unless somebody says so.
    @Test func refusesToWriteOverAnInterruptedRun() throws {
        let folder = try Interrupted.killed()
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let refused = try Interrupted.run(folder.path)
        #expect(refused.status == 2)
        #expect(
            refused.errors.contains("--resume") && refused.errors.contains("--restart"),
            "\(refused.errors)"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
        #expect(try Interrupted.run(folder.path, ["--restart"]).status == 0)
        try Interrupted.expectWhole(folder.path)
    }

    /// A run that goes on must be made of the same things; what is not is named.
    @Test func refusesAnotherRun() throws {
        let folder = try Interrupted.killed()
        let scratch = try Scratch(models: 6)
        try scratch.changeTensors("model_04.safetensors") { $0["head.bias"]?.bytes[0] ^= 1 }
        let cases: [(more: [String], words: [String])] = [
            (["--lr", "0.5"], ["--lr", "0.01", "0.5"]),
            (["--epochs", "31"], ["--epochs", "30", "31"]),
            (["--models", scratch.pool], ["ingredient model_04.safetensors"]),
            (["--models", "\(poolFixture)/model_0[0-4].safetensors"], ["ingredients", "6", "5"]),
            (["--data", "\(heldoutFixture)[0:319]"], ["--data"]),
            (["--eval-data", heldoutFixture], ["--eval-data"]),
            (["--restart"], ["--restart", "--resume"]),
        ]
        for (more, words) in cases {
            // What is said last counts; --models would add to what is there.
            var arguments = Interrupted.arguments(folder.path, ["--resume"])
            for (index, option) in more.enumerated() where option.hasPrefix("--") {
                if let place = arguments.firstIndex(of: option), index + 1 < more.count {
                    arguments[place + 1] = more[index + 1]
                } else {
                    arguments += more[index...]
                }
            }
            let run = try Program.run(arguments)
            #expect(run.status == 2, "\(more): \(run.errors)")
            let lines = run.errors.split(separator: "\n")
            #expect(lines.count == 1, "\(run.errors)")
            for word in words { #expect(run.errors.contains(word), "\(more): \(run.errors)") }
        }
        #expect(try Interrupted.run(folder.path, ["--resume"]).status == 0)
        try Interrupted.expectWhole(folder.path)
    }

    /// A state that was torn or changed, or whose trace was, is passed over for the one before.
    @Test(arguments: ["cut", "changed", "empty", "nonsense", "trace"]) func passesOverADamagedState(
        damage: String
    ) throws {
        let folder = try Interrupted.killed()
        let names = ["state-0.json", "state-1.json"]
        let latest = try #require(try names.max { try sequence(folder, $0) < sequence(folder, $1) })
        let older = try #require(names.first { $0 != latest })
        var state = try bytes(of: folder.file(latest))
        switch damage {
        case "cut": state.removeLast(state.count / 3)
        case "changed": state[state.count - 100] ^= 4
        case "empty": state = []
        case "nonsense": state = Array("mehlsoup-state 1 9 2 00\n{}".utf8)
        default:
            // In the latest step alone: the state before does not build on it.
            var trace = try bytes(of: folder.file("trace.pb.partial"))
            let steps = try Interrupted.run(of: folder.file(latest))["steps"] as? [String: Any]
            trace[try #require(steps?["offset"] as? Int) - 50] ^= 1
            _ = try folder.write(trace, "trace.pb.partial")
        }
        _ = try folder.write(state, latest)
        let run = try Interrupted.run(folder.path, ["--resume"])
        #expect(run.status == 0, "\(run.errors)")
        let warnings = run.errors.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: warning: ") }
        let named = damage == "trace" ? "trace.pb" : latest
        #expect(warnings.contains { $0.contains(named) && $0.contains("going on from") }, "\(run.errors)")
        #expect(!warnings.contains { $0.contains(older) }, "\(run.errors)")
        try Interrupted.expectWhole(folder.path)
    }

    @Test func nothingWholeIsSaid() throws {
        let folder = try Interrupted.killed()
        for name in ["state-0.json", "state-1.json"] {
            _ = try folder.write(Array(bytes(of: folder.file(name)).dropLast()), name)
        }
        let run = try Interrupted.run(folder.path, ["--resume"])
        #expect(run.status == 2)
        for word in ["state-0.json", "state-1.json", "--restart"] {
            #expect(run.errors.contains(word), "\(run.errors)")
        }
    }

    @Test func anEndedRunStaysAsItIs() throws {
        let whole = try Interrupted.whole()
        let before = try Interrupted.files.map { try whole.bytes($0) }
        let again = try Interrupted.run(whole.path, ["--resume", "--json"])
        #expect(again.status == 0 && again.errors.contains("nothing to do"), "\(again.errors)")
        #expect(again.json["steps"] as? Int == 480)
        #expect(try Interrupted.files.map { try whole.bytes($0) } == before)
        let other = try Interrupted.run(whole.path, ["--resume", "--seed", "2"])
        #expect(other.status == 2 && other.errors.contains("seed"), "\(other.errors)")
        #expect(try Interrupted.files.map { try whole.bytes($0) } == before)
    }

    /// Killed while the files were given their names: the last of them, and the state's end, are made up for.
    @Test func endsWhatWasKilledAtItsVeryEnd() throws {
        let (whole, folder) = (try Interrupted.whole(), try Interrupted.killed())
        let manager = FileManager.default
        for name in Interrupted.files where name != "trace-ranks.pb" {
            try manager.copyItem(atPath: whole.file(name), toPath: folder.file(name))
        }
        try manager.removeItem(atPath: folder.file("trace.pb.partial"))
        try manager.removeItem(atPath: folder.file("trace-ranks.pb.partial"))
        try manager.copyItem(
            atPath: whole.file("trace-ranks.pb"),
            toPath: folder.file("trace-ranks.pb.partial")
        )
        let run = try Interrupted.run(folder.path, ["--resume"])
        #expect(run.status == 0, "\(run.errors)")
        try Interrupted.expectWhole(folder.path)
    }

    @Test func twoRunsInOneFolderAreRefused() throws {
        let folder = try TemporaryFolder(inMemory: true)
        let running = try Interrupted.start(folder.path, ["--epochs", "2000"])
        defer {
            running.signal(SIGKILL)
            _ = try? running.wait(limit: 60)
        }
        try Interrupted.wait(for: "state-1.json", in: folder.path)
        let second = try Interrupted.run(folder.path, ["--resume"])
        #expect(second.status == 2 && second.errors.contains("another run at work"), "\(second.errors)")
    }

    /// The number in a state's first line.
    private func sequence(_ folder: TemporaryFolder, _ name: String) throws -> Int {
        let words = String(decoding: try folder.bytes(name).prefix(60), as: UTF8.self).split(separator: " ")
        return try #require(words.count > 2 ? Int(words[2]) : nil)
    }
}
