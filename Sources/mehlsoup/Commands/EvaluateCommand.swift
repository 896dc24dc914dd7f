import ArgumentParser
import Coordination
import Diagnostics
import Foundation
import Graphs
import MessagePassing
import Runs
import Soups

/// `mehlsoup evaluate`.
struct EvaluateCommand: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Loss and accuracy of a model on images.",
        discussion: """
              mehlsoup evaluate --model soup/model.safetensors --data mnist:test
            """
    )

    @Option(
        help: ArgumentHelp("A checkpoint: a file or folder, as an ingredient of `learn`.", valueName: "file")
    )
    var model: String

    @Option(help: ArgumentHelp("Images with labels; see `mehlsoup learn --help`.", valueName: "data"))
    var data: String

    @OptionGroup var checkpoints: GivenOptions<CheckpointSettings>

    @OptionGroup var images: GivenOptions<ImageSettings>

    @Option(
        parsing: .unconditional,
        help: "Threads of each rank. (the cores it has)",
        transform: Int.parse
    )
    var threads: Int?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    mutating func run(on transport: any Transport) throws {
        let share = try transport.coreShare()
        let threads = try share.threads(threads)
        try transport.watch()
        let (options, chosen) = (images, checkpoints)
        let (settings, checkpoints) = try transport.agreeing {
            (
                try options.settings(ImageSettings(threads: threads)),
                try chosen.settings(CheckpointSettings())
            )
        }
        let inputs = try RunInputs.open(
            models: [model],
            weights: checkpoints.weights,
            graph: checkpoints.graph,
            datasets: [data],
            images: settings,
            on: transport
        )
        guard inputs.pool.count == 1 else {
            throw OptionError(
                option: "--model",
                expected: "one file",
                found: "\(inputs.pool.count) in \(model)"
            )
        }
        try transport.agree(on: inputs, options: [])
        let worker = Worker(transport, inputs, WorkSettings(inputs, threads: threads))
        let sum = try Coordinator.run(worker) { coordinator in
            _ = try coordinator.mix(CoefficientMatrix(rows: 1, columns: 1, repeating: 1))
            return try coordinator.evaluate(0)
        }
        guard let sum else { return }
        warnOfKernels(inputs)
        warn(of: inputs.doubts, inputs)
        print(
            "accuracy \(Statistics.interval(sum.accuracy, count: sum.count))  loss \(fixed(sum.meanLoss, 4))  "
                + "correct \(sum.correct) of \(sum.count)"
        )
        guard json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(Summary(model: model, data: data, sum)), as: UTF8.self))
    }

    private struct Summary: Encodable {
        let model: String
        let data: String
        let accuracy: Double
        let loss: Double
        let correct: Int
        let count: Int

        init(model: String, data: String, _ sum: LossSum) {
            self.model = model
            self.data = data
            accuracy = sum.accuracy
            loss = sum.meanLoss
            correct = sum.correct
            count = sum.count
        }
    }
}
