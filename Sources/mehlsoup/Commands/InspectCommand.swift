import ArgumentParser
import Checkpoints
import Coordination
import Diagnostics
import Foundation
import MessagePassing
import Runs
import VisionModels

/// `mehlsoup inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Says what is in checkpoints, data sets, traces and coefficients.",
        discussion: """
            FILE is a checkpoint (.safetensors, .pt, sharded, a folder of Hugging Face or timm), a data set (a folder of images \
            per class, FILE.tar, FILE.npz, FOLDER:train, FOLDER:test[0:100]), a trace (.pb), coefficients.json or other JSON, \
            or a folder with such files in it.
            Of a checkpoint it says how it is stored, which model it is, what would be mixed and what is only carried along \
            from the first ingredient. Of several it also says whether they fit together, how far each lies from their mean \
            and from the others, as a whole and by layer, which tensors are the same in all, and which ingredients look \
            wrong: duplicates, diverged ones (NaN, infinities), outliers (at least 3 times as far from the others as is \
            usual, or 10 times in one layer, and beyond what the pool's own spread explains).
            With --data it also scores each by itself on images, as `learn` does before it learns.

              mehlsoup inspect pool --data mnist:test
            """
    )

    @Argument(help: ArgumentHelp("What to look at.", valueName: "file")) var files: [String]
    @Option(
        help: ArgumentHelp(
            "Images with labels to score the checkpoints on; see `mehlsoup learn --help`.",
            valueName: "data"
        )
    )
    var data: String?
    @Option(
        parsing: .unconditional,
        help: "How many of them, evenly over the classes. (1000)",
        transform: Int.parse
    )
    var look: Int?
    @OptionGroup var images: GivenOptions<ImageSettings>
    @OptionGroup var checkpoints: GivenOptions<CheckpointSettings>
    @Flag(help: "Print one JSON object as the last line.") var json = false

    func run() throws {
        let settings = try checkpoints.settings(CheckpointSettings())
        var passedOver: [Doubt] = []
        var items: [InspectedFile] = []
        for file in files { items += try InspectedFile.items(of: file, &passedOver) }
        var opened: [Checkpoint] = []
        var others: [any Report] = []
        for item in items {
            if case .checkpoint(let path) = item {
                opened.append(try Checkpoint(path, weights: settings.weights))
            } else {
                others.append(try item.report())
            }
        }
        let architecture = try settings.graph.map { try ArchitectureFile($0).named(as: opened) }
        var checkpoints: [CheckpointReport] = []
        for checkpoint in opened {
            checkpoints.append(try CheckpointReport(checkpoint, architecture, beside: checkpoints.first))
        }
        let pool =
            checkpoints.count > 1
            ? try PoolReport(
                checkpoints.map(\.checkpoint),
                weights: settings.weights,
                model: checkpoints[0].vision
            )
            : nil
        if let pool { condense(&checkpoints, fitTogether: pool.misfit == nil) }
        let preview = try data.map { try scores(of: checkpoints.map(\.path), settings, on: $0) }
        let result = InspectResult(
            files: checkpoints + others,
            pool: pool,
            look: preview?.look,
            passedOver: passedOver.map(\.text)
        )
        try LineOutput.toStandardOutput { output in
            for report in checkpoints + [pool].compactMap({ $0 }) + others {
                try report.lines.forEach(output.line)
            }
            for doubt in passedOver { try output.line("warning: \(doubt.text)") }
            try preview?.lines(without: pool?.doubts ?? []).forEach(output.line)
            if json { try output.line(try result.text()) }
        }
    }

    /// How the checkpoints do by themselves, and what looks wrong about them and the images.
    private func scores(of models: [String], _ checkpoints: CheckpointSettings, on data: String) throws
        -> PoolPreview
    {
        guard !models.isEmpty else {
            throw OptionError(option: "--data", expected: "checkpoints to score on it", found: "none")
        }
        let transport = MemoryTransport.alone()
        let threads = try transport.coreShare().threads(nil)
        let settings = try images.settings(ImageSettings(threads: threads))
        let inputs = try RunInputs(
            models: models,
            weights: checkpoints.weights,
            graph: checkpoints.graph,
            datasets: [data],
            images: settings
        )
        var run = LearnSettings(.uniform)
        run.threads = threads
        run.look = try Options.integer(look ?? 1000, "look", in: 1...1_000_000_000)
        run.fit(inputs)
        guard let preview = try PoolPreview.make(inputs, [run], on: transport) else {
            preconditionFailure("one rank alone is the coordinator")
        }
        return preview
    }

    /// Of many checkpoints that are alike, one is described; the rest are in the table of the pool.
    private func condense(_ checkpoints: inout [CheckpointReport], fitTogether: Bool) {
        for index in checkpoints.indices {
            let isAlike = fitTogether && index > 0 && checkpoints[index].model == checkpoints[0].model
            checkpoints[index].detail = isAlike ? .none : .short
        }
    }
}

/// What `--json` prints.
private struct InspectResult: Encodable {
    let files: [any Report]
    /// Nil for fewer than two checkpoints.
    let pool: PoolReport?
    /// Nil without images.
    let look: LookTable?
    /// What lies in the folders and was not looked at.
    let passedOver: [String]

    private enum CodingKeys: CodingKey { case files, pool, look, passedOver }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var list = container.nestedUnkeyedContainer(forKey: .files)
        for file in files { try file.encode(to: list.superEncoder()) }
        try container.encodeIfPresent(pool, forKey: .pool)
        try container.encodeIfPresent(look, forKey: .look)
        if !passedOver.isEmpty { try container.encode(passedOver, forKey: .passedOver) }
    }

    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
