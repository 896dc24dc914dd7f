import Foundation
import Testing

/// The suite over MPI, in processes that a real mpirun starts.
///
/// One after the other, for the machine's cores are few.
@Suite(.serialized) struct MPITransportTests {
    @Test(arguments: [1, 2, 3, 4])
    func passesTheSuite(ranks: Int) throws {
        let run = try ChildRun.mpirun(ranks, [])
        #expect(run.status == 0, "\(run.output)")
        for rank in 0..<ranks {
            #expect(run.output.contains("rank \(rank) of \(ranks): all checks passed"), "\(run.output)")
        }
    }

    @Test func longMessagesTravelInPieces() throws {
        let run = try ChildRun.mpirun(2, ["pieces"])
        #expect(run.status == 0, "\(run.output)")
    }

    @Test(arguments: ["drop", "double", "truncate"])
    func aDamagedMessageIsAnError(kind: String) throws {
        let run = try ChildRun.mpirun(2, ["fault", kind, "8"])
        #expect(run.status == 1, "\(run.output)")
        let words = kind == "truncate" ? "found 15" : "expected message \(kind == "drop" ? "8" : "9")"
        #expect(run.output.contains(words), "\(run.output)")
    }

    @Test func abortTakesTheJobDown() throws {
        let run = try ChildRun.mpirun(3, ["abort", "1"])
        #expect(run.status == 3, "\(run.output)")
    }

    @Test func aloneItRunsWithoutMPI() throws {
        let run = try ChildRun.transportSuite([])
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("rank 0 of 1: all checks passed"))
    }

    @Test func aloneItMakesNoCallOfMPI() throws {
        // A debugging aid of the dynamic linker tells which functions were looked up: bound lazily, a function that is
        // never called is never looked up.
        let run = try ChildRun.transportSuite([], environment: ["LD_DEBUG": "bindings", "LD_BIND_NOW": nil])
        #expect(run.status == 0)
        #expect(!run.output.contains("symbol `MPI_Init"))
    }

    @Test func aWrongLauncherIsNamed() throws {
        // A launcher that announces more ranks than MPI sees, as the mpirun of another MPI would.
        let run = try ChildRun.mpirun(1, [], forward: ["OMPI_COMM_WORLD_SIZE=3"])
        #expect(run.status != 0)
        #expect(
            run.output.contains("started 3 ranks, but this program's MPI library sees 1"),
            "\(run.output)"
        )
    }
}
