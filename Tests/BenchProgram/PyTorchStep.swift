import ArgumentParser
import Foundation

/// The same step in PyTorch, in a process of its own that takes one whenever it is asked.
final class PyTorchStep {
    /// What `scripts/bench_pytorch.py` answers to each line that it reads.
    struct Answer: Decodable {
        let seconds: Double
        let loss: Double
        let version: String
    }

    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private let folder: URL

    /// * `script`: the path of `bench_pytorch.py`.
    /// * `graph`: where it is no ViT, the path of the exported model
    init(script: String, step: ModelStep, graph: String?, threads: Int) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(component: "mehlsoup-bench-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(component: "step.safetensors").path
        try step.save(to: file)
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", script, file, "--threads", "\(threads)"] + (graph.map { ["--graph", $0] } ?? [])
        process.standardInput = requests
        process.standardOutput = answers
        try process.run()
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// * `kind`: "step", or "autocast" for products in bfloat16
    func run(_ kind: String = "step") throws -> Answer {
        try requests.fileHandleForWriting.write(contentsOf: Data("\(kind)\n".utf8))
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let part = answers.fileHandleForReading.availableData
            if part.isEmpty { break }
            line += part
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: line) else {
            throw ValidationError("bench_pytorch.py answered: \(String(decoding: line, as: UTF8.self))")
        }
        return answer
    }
}
