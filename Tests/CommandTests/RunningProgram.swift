import Foundation
import TestSupport

/// The built program while it runs; its output goes with this object.
final class RunningProgram {
    private let process: Process
    private let ended = DispatchSemaphore(value: 0)
    private let outputPath: String
    private let errorsPath: String

    /// Starts it; standard output and error go to these files.
    init(_ process: Process, output: String, errors: String) throws {
        self.process = process
        outputPath = output
        errorsPath = errors
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        // The threads that tests run on block signals, and a child inherits that.
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    deinit {
        for path in [outputPath, errorsPath] { try? FileManager.default.removeItem(atPath: path) }
    }

    var isRunning: Bool { process.isRunning }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// The signals that its first thread takes not, a bit for each from signal 1 up.
    var blockedSignals: UInt64 {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        return line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    }

    /// Process ids of its children: under mpirun, the ranks on this host.
    var children: [pid_t] {
        let id = process.processIdentifier
        let text = try? String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
    }

    /// Waits for its end; kills it after `limit` seconds of a quiet machine.
    ///
    /// * returns its status, nil where it died of a signal
    /// * throws `Failure` where it takes too long
    func wait(limit: Double) throws -> (status: Int32?, output: String, errors: String) {
        if ended.wait(timeout: .now() + patience(limit)) == .timedOut {
            // mpirun ends its ranks on SIGTERM; killed, it would leave them.
            process.terminate()
            if ended.wait(timeout: .now() + 5) == .timedOut { signal(SIGKILL) }
            let arguments = (process.arguments ?? []).joined(separator: " ")
            throw Program.Failure(
                description:
                    "not done after \(patience(limit)) s: \(arguments)\n\(text(outputPath))\(text(errorsPath))"
            )
        }
        let isExit = process.terminationReason == .exit
        let errors = text(errorsPath).withoutKernelWarning
        return (isExit ? process.terminationStatus : nil, text(outputPath), errors)
    }

    private func text(_ path: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data(), as: UTF8.self)
    }
}
