import Foundation
import Testing

/// The path of a fixture of another test target, given from the folder Tests.
func fixture(_ path: String, file: String = #filePath) -> String {
    let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
    return tests.appendingPathComponent(path).path
}

let traceFixture = fixture("TracesTests/Fixtures/trace.pb")
let ranksFixture = fixture("TracesTests/Fixtures/trace-ranks.pb")
let poolFixture = fixture("PoolSupport/Fixtures/pool")

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Exit status 2 with one line on standard error, nothing on standard output, and all of `words` in the line.
func expectWrong(
    _ run: Program.Run,
    _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(run.status == 2, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    #expect(run.output.isEmpty, sourceLocation: sourceLocation)
    #expect(run.errors.hasSuffix("\n"), sourceLocation: sourceLocation)
    #expect(
        run.errors.withoutLook.filter { $0 == "\n" }.count == 1,
        "\(run.errors)",
        sourceLocation: sourceLocation
    )
    for word in ["mehlsoup: "] + words {
        #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: sourceLocation)
    }
}
