import Foundation
import TestSupport

/// A child process that has ended: its exit status and all it printed.
struct ChildRun {
    let status: Int32
    let output: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// `transport-suite` under mpirun.
    ///
    /// `forward` are variables set for the program itself, past mpirun, as NAME=VALUE.
    static func mpirun(_ ranks: Int, _ arguments: [String], forward: [String] = []) throws -> ChildRun {
        let program = try transportSuitePath()
        return try run(
            ["mpirun", "-n", "\(ranks)", "--oversubscribe", "--bind-to", "none", "env"] + forward
                + [program] + arguments,
            environment: [
                "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                "OMPI_MCA_pml": "ob1", "OMPI_MCA_btl": "self,vader,tcp",
            ]
        )
    }

    /// `transport-suite` as it is, without mpirun.
    static func transportSuite(
        _ arguments: [String],
        environment: [String: String?] = [:]
    ) throws -> ChildRun {
        try run([try transportSuitePath()] + arguments, environment: environment)
    }

    /// The program lies beside the tests that run now.
    private static func transportSuitePath() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: tests).deletingLastPathComponent()
        let program = folder.appendingPathComponent("transport-suite").path
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw Failure(
                description: "expected \(program), found nothing there: swift build --build-tests makes it"
            )
        }
        return program
    }

    /// Runs a command; one that takes more than `limit` seconds is killed.
    private static func run(
        _ command: [String],
        environment changes: [String: String?],
        limit: Double = 90
    ) throws -> ChildRun {
        let outputPath = NSTemporaryDirectory() + "transport-suite-\(UUID().uuidString).txt"
        try Data().write(to: URL(fileURLWithPath: outputPath))
        defer { try? FileManager.default.removeItem(atPath: outputPath) }
        guard let outputFile = FileHandle(forWritingAtPath: outputPath) else {
            throw Failure(description: "cannot write \(outputPath)")
        }
        var environment = ProcessInfo.processInfo.environment
        for (name, value) in changes { environment[name] = value }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.environment = environment
        process.standardOutput = outputFile
        process.standardError = outputFile
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        if ended.wait(timeout: .now() + patience(limit)) == .timedOut {
            // mpirun ends its ranks on SIGTERM.
            process.terminate()
            if ended.wait(timeout: .now() + 5) == .timedOut { kill(process.processIdentifier, SIGKILL) }
            let output = (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? ""
            throw Failure(
                description:
                    "not done after \(patience(limit)) s: \(command.joined(separator: " "))\n\(output)"
            )
        }
        try outputFile.close()
        let output = String(decoding: try Data(contentsOf: URL(fileURLWithPath: outputPath)), as: UTF8.self)
        return ChildRun(status: process.terminationStatus, output: output)
    }
}
