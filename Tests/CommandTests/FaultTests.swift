import Foundation
import Testing

/// Ranks that die or hang while they learn: the job ends by itself, and one line says where.
@Suite(.serialized) struct FaultTests {
    @Test func aKilledRankIsNamed() throws {
        let scratch = try Scratch()
        let (job, ranks) = try start(scratch)
        kill(try #require(ranks[2]), SIGKILL)
        let end = try job.end(ranks)
        // mpirun's own, 128 and the signal, unless it hears first of a rank that ended because of the one that is gone.
        #expect([137, 1].contains(end.status))
        #expect(end.lines.count == 1, "\(end.errors)")
        expectWords(end, "rank 2 on host", "is gone (connection closed) at step ")
    }

    @Test func aStoppedRankIsNamed() throws {
        let scratch = try Scratch()
        let (job, ranks) = try start(scratch)
        kill(try #require(ranks[1]), SIGSTOP)
        let end = try job.end(ranks)
        #expect(end.status == 1)
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

    /// Held up in the midst of a state, as by a disk that hangs, and then lost.
    @Test func aRankLostWhileSavingIsNamed() throws {
        let scratch = try Scratch(models: 6)
        let (job, ranks) = try start(scratch, "--save-every", "1steps")
        let writer = try #require(ranks[0])
        // The two states are written in turn: one of their temporary names is free.
        let barriers = ["state-0.json", "state-1.json"].map {
            Barrier("\(scratch.out)/\($0).\(writer).partial")
        }
        try job.wait { barriers.contains { $0.isReached } }
        try withExtendedLifetime(barriers) { try expectLoss(of: 0, job, ranks, ", saving; ") }
    }

    /// The same while the results are being written.
    @Test func aRankLostWhileWritingIsNamed() throws {
        let scratch = try Scratch(models: 6)
        // Coefficients of every tensor are more than the barrier's pipe holds.
        let (job, ranks) = try start(scratch, "--method", "mehl+", epochs: "60")
        let writer = try #require(ranks[0])
        let barrier = Barrier("\(scratch.out)/coefficients.json.\(writer).partial")
        try job.wait { barrier.isReached }
        try withExtendedLifetime(barrier) { try expectLoss(of: 0, job, ranks, ", writing; ") }
    }

    private func expectLoss(of rank: Int, _ job: RunningJob, _ ranks: [Int: Int32], _ word: String) throws {
        try job.waitForBeats(ranks)
        kill(try #require(ranks[rank]), SIGKILL)
        let end = try job.end(ranks)
        #expect(end.lines.count == 1, "\(end.errors)")
        expectWords(end, "rank \(rank) on host", "is gone (connection closed) at step ", word)
    }

    @Test func ranksDieWithMpirun() throws {
        let scratch = try Scratch()
        let (job, ranks) = try start(scratch)
        kill(job.identifier, SIGKILL)
        _ = try job.end(ranks)
    }

    private func start(
        _ scratch: Scratch,
        _ more: String...,
        epochs: String = "1000000"
    ) throws -> (RunningJob, [Int: Int32]) {
        let arguments = [
            "learn", "--models", scratch.pool, "--data", heldoutFixture, "--out", scratch.out,
            "--epochs", epochs, "--timeout", "2",
        ]
        let job = try RunningJob(ranks: 3, arguments + more, folder: scratch.path)
        // Steps are under way where some have been traced.
        try job.wait {
            let trace = try? FileManager.default.attributesOfItem(atPath: "\(scratch.out)/trace.pb.partial")
            return (trace?[.size] as? Int ?? 0) > 20_000
        }
        let ranks = job.processes
        try #require(ranks.count == 3)
        try job.waitForBeats(ranks)
        return (job, ranks)
    }

    private func expectWords(_ end: RunningJob.End, _ words: String...) {
        for word in words + ["go on with: ", "learn", " --resume"] {
            #expect(end.lines.first?.contains(word) == true, "expected \(word) in: \(end.errors)")
        }
    }
}
