import Foundation
import TestSupport
import Testing

/// A run of a few seconds that tests interrupt, and what it comes to when nobody does.
enum Interrupted {
    /// Trials of ingredients, two coefficient blocks, a monitor; the state is saved after every step.
    static func arguments(_ out: String, _ more: [String] = []) -> [String] {
        [
            "learn", "--models", poolFixture, "--data", heldoutFixture, "--out", out, "--block-size", "4",
            "--epochs", "30", "--batch-size", "32", "--start", "greedy", "--monitor", "0.2", "--save-every",
            "1steps", "--threads", "1",
        ] + more
    }

    static func start(_ out: String, ranks: Int = 1, _ more: [String] = []) throws -> RunningProgram {
        try Program.start(
            arguments(out, more),
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
    }

    static func run(_ out: String, ranks: Int = 1, _ more: [String] = []) throws -> Program.Run {
        try Program.run(
            arguments(out, more),
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
    }

    /// The same run in one piece.
    static func whole() throws -> TemporaryFolder { try undisturbed.get() }

    private static let undisturbed = Result {
        // On disk, for it stays there until the tests have ended; so it is saved seldom.
        let folder = try TemporaryFolder()
        let run = try Interrupted.run(folder.path, ["--save-every", "100000steps"])
        guard run.status == 0 else { throw Program.Failure(description: run.errors) }
        return folder
    }

    /// A folder in which the run was killed after some of its steps, by a limit on the length of its files: always at
    /// the same place, in the midst of a record of the trace.
    static func killed() throws -> TemporaryFolder {
        let folder = try TemporaryFolder(inMemory: true)
        let running = try Program.start(
            arguments(folder.path),
            launcher: ["prlimit", "--fsize=400000", "--core=0"]
        )
        #expect(try running.wait(limit: 60).status == nil)
        #expect(FileManager.default.fileExists(atPath: folder.file("state-1.json")))
        return folder
    }

    /// What a state file says of its run.
    static func run(of state: String) throws -> [String: Any] {
        let json = try bytes(of: state).drop { $0 != UInt8(ascii: "\n") }
        let object = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
        return try #require(object?["run"] as? [String: Any])
    }

    /// Steps that were done when the latest state was saved.
    static func latestSteps(_ folder: TemporaryFolder) throws -> Int {
        let steps = try ["state-0.json", "state-1.json"].filter { inode(folder.file($0)) != nil }.map {
            try run(of: folder.file($0))["stepsDone"] as? Int
        }
        return try #require(steps.compactMap { $0 }.max())
    }

    /// Waits until a file is there, and is another one than the one with this inode.
    static func wait(for name: String, in folder: String, otherThan before: UInt? = nil) throws {
        for _ in 0..<Int(patience(6000)) {
            if let inode = inode("\(folder)/\(name)"), inode != before { return }
            usleep(5000)
        }
        throw Program.Failure(description: "no \(name) after \(patience(30)) s")
    }

    /// The inode of a file; nil where there is none.
    static func inode(_ path: String) -> UInt? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt(status.st_ino) : nil
    }

    /// The files of a run that has ended, and no others.
    static let files = [
        "README.md", "coefficients.json", "config.json", "config.yaml", "metrics.json", "model.safetensors",
        "report.html",
        "trace-ranks.pb", "trace.pb",
    ]

    /// Expects in `folder` what the run in one piece comes to, and nothing else.
    static func expectWhole(_ folder: String, _ comment: String = "") throws {
        let whole = try whole()
        for name in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(try bytes(of: "\(folder)/\(name)") == bytes(of: whole.file(name)), "\(name) \(comment)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == files, "\(comment)")
    }
}
