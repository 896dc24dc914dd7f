import Foundation
import TestSupport
import Testing

@Suite struct TraceCommandTests {
    @Test func showPrintsTheRun() throws {
        let run = try Program.run(["trace", "show", traceFixture])
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        #expect(run.output.contains("mehl+, seed 18446744073709551615, program 0.1.0"))
        #expect(run.output.contains("2.30259    0.1016"), "\(run.output)")
    }

    @Test func showPrintsOneStep() throws {
        let run = try Program.run(["trace", "show", traceFixture, "--step", "1"])
        #expect(run.status == 0)
        #expect(run.output.contains("step 1: batch 7 of inner epoch 1, coefficient block 0 of outer epoch 0"))
        #expect(!run.output.contains("step 0"))
        expectWrong(try Program.run(["trace", "show", traceFixture, "--step", "9"]), "--step 9")
    }

    @Test func aFolderStandsForItsTrace() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(try bytes(of: traceFixture), "trace.pb")
        let run = try Program.run(["trace", "show", folder.path])
        #expect(run.status == 0)
        #expect(run.output.contains("mehl+, seed 18446744073709551615"))
    }

    @Test func diffFindsTheSame() throws {
        let run = try Program.run(["trace", "diff", traceFixture, traceFixture])
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("the same: "))
    }

    @Test func diffNamesTheFirstDifference() throws {
        let folder = try TemporaryFolder()
        let changed = try folder.write(try withAnotherAlpha(), "trace.pb")
        let run = try Program.run(["trace", "diff", traceFixture, changed])
        #expect(run.status == 1)
        #expect(run.errors.isEmpty)
        #expect(
            run.output
                == "differs first: step 1: alpha of head.bias, a, \"quoted\" µ.safetensors: 0.5 and 0.625\n"
        )
        let tolerant = try Program.run(["trace", "diff", traceFixture, changed, "--tolerance", "0.125"])
        #expect(tolerant.status == 0)
    }

    @Test func diffTellsTheTruthToAClosedPipe() throws {
        let folder = try TemporaryFolder()
        let changed = try folder.write(try withAnotherAlpha(), "trace.pb")
        let run = try Program.run(["trace", "diff", traceFixture, changed], readsOutput: false)
        #expect(run.status == 1)
        #expect(run.errors.isEmpty)
    }

    @Test func exportWritesLines() throws {
        let csv = try Program.run(["trace", "export", traceFixture])
        #expect(csv.status == 0)
        #expect(csv.lines.first?.hasPrefix("step,outer_epoch,coefficient_block,") == true)
        let row = "1,0,0,1,7,head.bias,\"a, \"\"quoted\"\" µ.safetensors\",0.5,-2.0"
        #expect(csv.lines.contains { $0.hasPrefix(row) }, "\(csv.output)")
        let jsonLines = try Program.run(["trace", "export", ranksFixture, "--format", "jsonl"])
        #expect(jsonLines.status == 0)
        #expect(!jsonLines.json.isEmpty)
    }

    @Test func exportWritesAFile() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/trace.csv"
        let run = try Program.run(["trace", "export", traceFixture, "--out", path])
        #expect(run.status == 0)
        #expect(run.output.isEmpty)
        let printed = try Program.run(["trace", "export", traceFixture])
        #expect(String(decoding: try bytes(of: path), as: UTF8.self) == printed.output)
    }

    @Test func exportLeavesNothingHalfWritten() throws {
        let folder = try TemporaryFolder()
        let cut = try folder.write(try bytes(of: traceFixture).dropLast(10), "trace.pb")
        let arguments = ["trace", "export", cut, "--out"]
        expectWrong(try Program.run(arguments + ["\(folder.path)/out.csv"]), cut, "record")
        expectWrong(try Program.run(arguments + [cut]), "--out")
        // A rename would put a file in the place of a pipe, or of /dev/null.
        let pipe = "\(folder.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        expectWrong(try Program.run(arguments + [pipe]), "pipe: expected a file")
        expectWrong(try Program.run(arguments + ["\(folder.path)/none/out.csv"]), "No such file")
        #expect(try folder.names == ["pipe", "trace.pb"])
    }

    @Test(arguments: [["show"], ["export"], ["export", "--format", "jsonl"]])
    func aClosedPipeIsNoFailure(arguments: [String]) throws {
        let run = try Program.run(["trace"] + arguments + [traceFixture], readsOutput: false)
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
    }

    @Test func aFullDiskIsAFailure() throws {
        let launcher = ["sh", "-c", "exec \"$0\" \"$@\" >/dev/full"]
        let run = try Program.run(["trace", "export", traceFixture], launcher: launcher)
        #expect(run.status == 1)
        #expect(run.errors == "mehlsoup: cannot write standard output: No space left on device\n")
    }

    @Test func wrongCommandLinesAreNamed() throws {
        expectWrong(try Program.run(["trace", "show", "nowhere"]), "nowhere: cannot open")
        expectWrong(try Program.run(["trace", "show", ranksFixture]), "trace of steps")
        expectWrong(try Program.run(["trace", "diff", traceFixture]), "second")
        expectWrong(try Program.run(["trace", "diff", traceFixture, "nowhere"]), "nowhere")
        expectWrong(try Program.run(["trace", "diff", "a", "b", "--tolerance", "nan"]), "--tolerance")
        expectWrong(try Program.run(["trace", "export", traceFixture, "--format", "xml"]), "--format")
        expectWrong(try Program.run(["trace", "boil", traceFixture]))
    }
}

/// The fixture with 0.625 for the second α of step 1, which is 0.25, 0.5, 0.75, 1.
private func withAnotherAlpha() throws -> [UInt8] {
    func littleEndian(_ values: [Double]) -> [UInt8] {
        values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }
    var trace = try bytes(of: traceFixture)
    let row = littleEndian([0.25, 0.5, 0.75, 1])
    let starts = 0...trace.count - row.count
    let start = try #require(starts.first { trace[$0..<$0 + row.count].elementsEqual(row) })
    trace.replaceSubrange(start..<start + row.count, with: littleEndian([0.25, 0.625, 0.75, 1]))
    return trace
}
