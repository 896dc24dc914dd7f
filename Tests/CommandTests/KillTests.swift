import Foundation
import TestSupport
import Testing

/// SIGKILL at any moment, and on from there with other numbers of ranks: the same bytes as in one piece.
///
/// Ten kills; `cluster/tests/kills` does a hundred, on any numbers of ranks.
@Suite(.serialized) struct KillTests {
    @Test(arguments: [UInt64(1), 2]) func killedAgainAndAgain(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let folder = try TemporaryFolder(inMemory: true)
        var story: [String] = []
        for turn in 0..<5 {
            let ranks = [1, 2, 3, 4].randomElement(using: &generator) ?? 1
            let running = try Interrupted.start(folder.path, ranks: ranks, ["--resume"])
            // Every other time right when a state is being written, else at any moment.
            usleep(UInt32.random(in: 100_000..<900_000, using: &generator))
            if turn.isMultiple(of: 2) { try waitForSaving(folder.path, running) }
            let children = running.children
            let victim = ranks > 1 ? children.randomElement(using: &generator) : nil
            if Bool.random(using: &generator), let victim {
                kill(victim, SIGKILL)
                story.append("a rank of \(ranks)")
            } else {
                running.signal(SIGKILL)
                story.append("\(ranks) ranks")
            }
            let run = try running.wait(limit: 60)
            #expect(run.status != 2, "\(story): \(run.errors)")
            waitForEnd(children)
        }
        let run = try Interrupted.run(folder.path, ["--resume"])
        #expect(run.status == 0, "\(story): \(run.errors)")
        try Interrupted.expectWhole(folder.path, "\(story)")
    }

    private func waitForSaving(_ folder: String, _ running: RunningProgram) throws {
        for _ in 0..<20_000 where running.isRunning {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            if names.contains(where: { $0.hasPrefix("state-") && $0.hasSuffix(".partial") }) { return }
        }
    }

    /// Ranks end with their mpirun, a moment later.
    private func waitForEnd(_ processes: [pid_t]) {
        for _ in 0..<Int(patience(1000)) {
            if processes.allSatisfy({ kill($0, 0) != 0 }) { return }
            usleep(10_000)
        }
        Issue.record("processes outlive mpirun: \(processes.filter { kill($0, 0) == 0 })")
    }
}

/// Numbers that are the same for the same seed (SplitMix64: Steele, Lea and Flood, 2014).
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
