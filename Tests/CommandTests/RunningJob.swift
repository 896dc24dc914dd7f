import Foundation
import TestSupport

/// `mehlsoup` under mpirun while it runs, for a test to do something to its ranks.
final class RunningJob {
    struct End {
        let status: Int32
        let errors: String

        /// The program's own lines on standard error.
        var lines: [String] {
            errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("mehlsoup: ") }
        }
    }

    /// mpirun's.
    let identifier: Int32
    private let process = Process()
    private let folder: String
    private let ended = DispatchSemaphore(value: 0)

    /// * `folder`: where its output goes
    init(ranks: Int, _ arguments: [String], folder: String) throws {
        self.folder = folder
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = MPI.launcher(ranks) + [try Program.path()] + arguments
        var environment = ProcessInfo.processInfo.environment
        for (name, value) in MPI.environment { environment[name] = value }
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        for name in ["output.txt", "errors.txt"] {
            _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil)
        }
        process.standardOutput = FileHandle(forWritingAtPath: "\(folder)/output.txt")
        process.standardError = FileHandle(forWritingAtPath: "\(folder)/errors.txt")
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        identifier = process.processIdentifier
    }

    deinit {
        guard process.isRunning else { return }
        for rank in processes.values { kill(rank, SIGKILL) }
        process.terminate()
    }

    /// The ranks' processes, by rank.
    var processes: [Int: Int32] {
        var found: [Int: Int32] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = Int32(name), parent(of: process) == identifier,
                let environment = FileManager.default.contents(atPath: "/proc/\(name)/environ")
            else { continue }
            let mark = "OMPI_COMM_WORLD_RANK="
            let rank = environment.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                .first { $0.hasPrefix(mark) }
            if let rank = rank.flatMap({ Int($0.dropFirst(mark.count)) }) { found[rank] = process }
        }
        return found
    }

    private func parent(of process: Int32) -> Int32? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else {
            return nil
        }
        let line = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }
        return line.flatMap { Int32($0.dropFirst(5).trimmingCharacters(in: .whitespaces)) }
    }

    /// Waits until `condition` holds.
    func wait(until condition: () -> Bool) throws {
        for _ in 0..<Int(patience(600)) {
            if condition() { return }
            guard process.isRunning else { break }
            usleep(50_000)
        }
        throw Program.Failure(description: "the job does not get there: \(errors)")
    }

    /// Waits until every rank has told the others what it is doing now.
    ///
    /// The thread that tells it is called so by the system; it gives up its core once a turn.
    func waitForBeats(_ processes: [Int: Int32]) throws {
        let before = processes.mapValues(turns)
        try wait { processes.allSatisfy { rank, process in turns(of: process) > (before[rank] ?? 0) + 2 } }
    }

    private func turns(of process: Int32) -> Int {
        for thread in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? [] {
            let status = try? String(
                contentsOfFile: "/proc/\(process)/task/\(thread)/status",
                encoding: .utf8
            )
            let fields = (status ?? "").split(separator: "\n").map { $0.split(separator: "\t") }
            guard fields.contains(["Name:", "heartbeats"]) else { continue }
            return fields.first { $0.first == "voluntary_ctxt_switches:" }?.last.flatMap { Int($0) } ?? 0
        }
        return 0
    }

    /// Waits for mpirun, and then until none of `processes` is left.
    func end(_ processes: [Int: Int32], limit: Double = 45) throws -> End {
        guard ended.wait(timeout: .now() + patience(limit)) == .success else {
            throw Program.Failure(description: "not done after \(patience(limit)) s: \(errors)")
        }
        for _ in 0..<Int(patience(100)) where processes.values.contains(where: isAlive) { usleep(50_000) }
        let left = processes.filter { isAlive($0.value) }
        guard left.isEmpty else { throw Program.Failure(description: "ranks \(left.keys.sorted()) live on") }
        return End(status: process.terminationStatus, errors: errors)
    }

    private func isAlive(_ process: Int32) -> Bool {
        // A process that nobody has asked after is dead as well.
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? "State:\tZ"
        return !status.contains("State:\tZ")
    }

    private var errors: String {
        String(
            decoding: FileManager.default.contents(atPath: "\(folder)/errors.txt") ?? Data(),
            as: UTF8.self
        ).withoutKernelWarning
    }
}
