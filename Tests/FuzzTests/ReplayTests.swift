import Foundation
import FuzzSuite
import Testing

/// Every reader is given the files that fuzzing has left behind, and small changes of them; each in a process of its own,
/// so that one that breaks off is a failure and not the end of all tests.
@Suite struct ReplayTests {
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../FuzzSuite/Corpus").standardizedFileURL.path

    @Test(arguments: FuzzTarget.all.map(\.name))
    func comesBackFromEveryInput(reader: String) throws {
        let (status, output) = try run([reader, "\(Self.corpus)/\(reader)", "50"])
        #expect(status == 0, "\(output)")
        #expect(output.contains(" inputs, "), "\(output)")
    }

    /// Some inputs must get through to the end, or the others show little.
    @Test(arguments: FuzzTarget.all.map(\.name))
    func readsSoundFiles(reader: String) throws {
        let (_, output) = try run([reader, "\(Self.corpus)/\(reader)"])
        #expect(!output.contains(", 0 sound"), "\(output)")
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: tests).deletingLastPathComponent()
            .appendingPathComponent("mehlsoup-fuzz")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) {
            $1
        }
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
