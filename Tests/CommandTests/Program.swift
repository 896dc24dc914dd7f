import Foundation

/// Runs the built program as a person would, in a process of its own.
enum Program {
    struct Run {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// The last line's JSON object; empty where there is none.
        var json: [String: Any] {
            let object = try? JSONSerialization.jsonObject(with: Data((lines.last ?? "").utf8))
            return object as? [String: Any] ?? [:]
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs `mehlsoup` with these arguments; kills it after `limit` seconds.
    ///
    /// * `environment`: variables to add or, where nil, to take away
    /// * `launcher`: a command to start it with, as ["mpirun", "-n", "2"]
    /// * `folder`: where it runs; nil for this process's own
    /// * `readsOutput`: false for standard output into a pipe that nobody reads any more
    /// * throws `Failure` where it takes too long or dies of a signal
    static func run(
        _ arguments: [String],
        environment: [String: String?] = [:],
        launcher: [String] = [],
        in folder: String? = nil,
        readsOutput: Bool = true,
        limit: Double = 120
    ) throws -> Run {
        let running = try start(
            arguments,
            environment: environment,
            launcher: launcher,
            in: folder,
            readsOutput: readsOutput
        )
        let run = try running.wait(limit: limit)
        guard let status = run.status else {
            throw Failure(description: "died of a signal: \(arguments)\n\(run.errors)")
        }
        return Run(status: status, output: run.output, errors: run.errors)
    }

    /// The same, without waiting for its end.
    static func start(
        _ arguments: [String],
        environment: [String: String?] = [:],
        launcher: [String] = [],
        in folder: String? = nil,
        readsOutput: Bool = true
    ) throws -> RunningProgram {
        let (outputPath, errorsPath) = (try temporaryFile(), try temporaryFile())
        let process = Process()
        // In its own place, so that a signal to this process reaches the launcher or the program.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = launcher + [try path()] + arguments
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.standardInput = FileHandle.nullDevice
        if readsOutput {
            process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
        } else {
            let pipe = Pipe()
            try pipe.fileHandleForReading.close()
            process.standardOutput = pipe.fileHandleForWriting
        }
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorsPath))
        return try RunningProgram(process, output: outputPath, errors: errorsPath)
    }

    /// The program lies beside the tests that run now.
    static func path() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(
            "mehlsoup"
        )
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Failure(
                description:
                    "expected \(program.path), found nothing there: swift build --build-tests makes it"
            )
        }
        return program.path
    }

    private static func temporaryFile() throws -> String {
        let path = NSTemporaryDirectory() + "mehlsoup-\(UUID().uuidString).txt"
        try Data().write(to: URL(fileURLWithPath: path))
        return path
    }
}
