import Foundation
import Testing

/// Ranks that die or hang while they learn: the job ends by itself, and one line says where.
@Suite(.serialized) struct FaultTests {
    @Test func aKilledRankIsNamed() throws {
        let scratch = try Scratch()
        let (job, ranks) = try start(scratch)
        kill(try #require(ranks[2]), SIGKILL)
        let end = try job.end(ranks)
        #expect(end.status != 0)
        #expect(end.lines.count == 1, "\(end.errors)")
        expectWords(end, "rank 2 on host", "is gone (connection closed) at step ")
    }

    @Test func aStoppedRankIsNamed() throws {
        let scratch = try Scratch()
        let (job, ranks) = try start(scratch)
        let clock = ContinuousClock.now
        kill(try #require(ranks[1]), SIGSTOP)
        let end = try job.end(ranks)
        #expect(end.status != 0)
        #expect(ContinuousClock.now - clock < .seconds(15))
        #expect(end.lines.count == 1, "\(end.errors)")
        expectWords(end, "rank 1 on host", "is gone (silent for ", "at step ")
    }

    @Test func aKilledCoordinatorIsNamed() throws {
        let scratch = try Scratch()
        let (job, ranks) = try start(scratch)
        kill(try #require(ranks[0]), SIGKILL)
        let end = try job.end(ranks)
        #expect(end.status != 0)
        #expect(end.lines.count == 1, "\(end.errors)")
        expectWords(end, "rank 0 on host", "is gone (connection closed) at step ")
    }

    @Test func ranksDieWithMpirun() throws {
        let scratch = try Scratch()
        let (job, ranks) = try start(scratch)
        kill(job.identifier, SIGKILL)
        _ = try job.end(ranks)
    }

    private func start(_ scratch: Scratch) throws -> (RunningJob, [Int: Int32]) {
        let arguments = [
            "learn", "--models", scratch.pool, "--data", heldoutFixture, "--out", scratch.out,
            "--epochs", "1000000", "--timeout", "2",
        ]
        let job = try RunningJob(ranks: 3, arguments, folder: scratch.path)
        // Steps are under way where some have been traced.
        try job.wait {
            let trace = try? FileManager.default.attributesOfItem(atPath: "\(scratch.out)/trace.pb.partial")
            return (trace?[.size] as? Int ?? 0) > 20_000
        }
        // And where every rank has said so.
        usleep(1_000_000)
        let ranks = job.processes
        try #require(ranks.count == 3)
        return (job, ranks)
    }

    private func expectWords(_ end: RunningJob.End, _ words: String...) {
        for word in words + ["go on with: ", "learn", " --resume"] {
            #expect(end.lines.first?.contains(word) == true, "expected \(word) in: \(end.errors)")
        }
    }
}
