import Foundation
import Testing

/// Runs that fail through no fault of their input: status 1, one line, and what was there stays.
@Suite(.serialized) struct RunFailureTests {
    @Test(arguments: [1, 3]) func learningDiverges(ranks: Int) throws {
        let scratch = try Scratch()
        #expect(try Program.run(scratch.learn()).status == 0)
        var before = try scratch.contents()
        let run = try Program.run(
            scratch.learn("--lr", "1e30", "--seed", "7"),
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks),
            limit: 60
        )
        #expect(run.status == 1, "\(run.errors)")
        #expect(run.output.isEmpty)
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: ") }
        #expect(lines.count == 1, "\(run.errors)")
        #expect(lines.first?.contains("lower the learning rate") == true, "\(run.errors)")
        // The unfinished trace shows how it went; the state is there for who finds the reason elsewhere.
        for name in ["out/trace.pb.partial", "out/trace-ranks.pb.partial", "out/state-0.json"] {
            before[name] = Data(try bytes(of: "\(scratch.path)/\(name)"))
        }
        #expect(try scratch.contents() == before)
        let trace = try Program.run(["trace", "show", "\(scratch.out)/trace.pb.partial"])
        #expect(trace.status == 0, "\(trace.errors)")
    }

    @Test(arguments: [1, 3]) func trainingDiverges(ranks: Int) throws {
        let scratch = try Scratch()
        let greatest = Float.greatestFiniteMagnitude
        let data = try floatImages(scratch, greatest, last: greatest)
        let before = try scratch.contents()
        let run = try Program.run(
            scratch.ingredients("--data", data, "--pretrain-lr", "1", "--batch-size", "8"),
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks),
            limit: 60
        )
        #expect(run.status == 1, "\(run.errors)")
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: ") }
        #expect(lines.filter { !$0.contains("warning") }.count == 1, "\(run.errors)")
        #expect(lines.last?.contains("not finite") == true, "\(run.errors)")
        #expect(try scratch.contents() == before)
    }
}
