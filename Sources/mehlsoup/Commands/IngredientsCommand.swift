import ArgumentParser
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import Training

/// `mehlsoup ingredients`.
struct IngredientsCommand: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingredients",
        abstract: "Makes a pool: pretrains one model and fine-tunes many from it.",
        discussion: """
            Pretrains a small vision transformer from random weights on part of the data, then fine-tunes it --count \
            times, each time with another learning rate, weight decay, number of steps, augmentation (shift, mirror, \
            erase, mixup), label smoothing and seed. Ingredient k is the same however many there are, and the files are \
            the same bit for bit on any number of ranks and threads.

            Writes into --out: base.safetensors, model_00.safetensors and so on, config.json (the model, in timm's \
            form) and ingredients.json (how each was trained, and its accuracies).

              mehlsoup ingredients --data fashion-mnist:train[0:50000] --heldout-data fashion-mnist:train[50000:60000] \
            --eval-data fashion-mnist:test --count 8 --out pool
              mpirun -n 2 --bind-to none mehlsoup ingredients …      the fine-tunings shared out over 2 ranks

            Data is FOLDER:train or FOLDER:test (IDX files, as MNIST's), FILE.npz or FILE.safetensors (arrays images and \
            labels), each optionally followed by a range of samples, [a:b].
            """
    )

    @OptionGroup(title: "Data") var data: IngredientsData
    @OptionGroup(title: "Pool") var pool: IngredientsPool
    @OptionGroup(title: "Model") var model: IngredientsModel
    @OptionGroup(title: "Run") var execution: IngredientsExecution

    mutating func run(on transport: any Transport) throws {
        let share = try transport.coreShare()
        var settings = PoolSettings(data: data.data, folder: pool.out, spread: pool.spread)
        data.apply(to: &settings)
        try transport.agreeing { try pool.apply(to: &settings) }
        model.apply(to: &settings)
        settings.lanes = execution.lanes
        settings.threads = execution.threads ?? share.threads
        // The other ranks of the host wait while rank 0 pretrains: it takes their cores, too.
        let busy = settings.threads.multipliedReportingOverflow(by: share.ranks)
        settings.pretrainThreads = busy.overflow ? settings.threads : busy.partialValue
        try transport.watch()
        let maker = PoolMaker(settings, on: transport, didStart: warnOfKernels)
        let made: PoolResult?
        do {
            made = try maker.make()
        } catch let error as RunError {
            // All ranks know of it: see `make`.
            throw AgreedRunError(error.description)
        }
        guard let result = made else { return }
        show(result, settings, ranks: transport.size)
    }

    private func show(_ result: PoolResult, _ settings: PoolSettings, ranks: Int) {
        for model in [result.report.base] + result.report.ingredients { print(model.summary) }
        let rate = Double(result.trainedSamples) / max(result.seconds, 1e-9)
        let seconds = String(format: "%.1f", result.seconds)
        print("pool=\(settings.folder) seconds=\(seconds) images_per_second=\(Int(rate))")
        guard execution.json else { return }
        let summary = IngredientsSummary(
            out: settings.folder,
            ranks: ranks,
            threads: settings.threads,
            seconds: result.seconds,
            pretrainSeconds: result.pretrainSeconds,
            imagesPerSecond: rate,
            kernels: KernelSet.current.description,
            base: result.report.base,
            ingredients: result.report.ingredients
        )
        print(summary.json)
    }
}

/// What `--json` prints.
private struct IngredientsSummary: Encodable {
    let command = "ingredients"
    let out: String
    let ranks: Int
    let threads: Int
    let seconds: Double
    let pretrainSeconds: Double
    let imagesPerSecond: Double
    let kernels: String
    let base: ModelReport
    let ingredients: [ModelReport]

    var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Every number in it is finite, which is all that encoding asks for.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
