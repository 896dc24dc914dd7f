import ArgumentParser
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import Runs

/// `mehlsoup learn`.
struct LearnCommand: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn",
        abstract: "Learns how to mix fine-tuned models into one better model.",
        discussion: """
            Makes several soups: the best ingredient, the mean of all, mixtures that follow from the ingredients' answers, and \
            one whose coefficients are learned, per ingredient and tensor, a block of ingredients at a time (MEHL-Soup+). \
            Each is judged on held-out images that it had no part in; the learned one is written where these images can \
            tell that it is better, else the best of the others (--method takes one). Into --out go: model.safetensors and config.json (load it like an ingredient), \
            coefficients.json, trace.pb (see `mehlsoup trace show`), metrics.json and config.yaml.
            They appear together at the end, in the place of an earlier run's, but of no model or text that another program \
            wrote. A run that fails leaves what was there as it was, and beside it the unfinished \
            trace, trace.pb.partial, which shows how far it came; one with wrong input leaves nothing.

            Data is a folder of images per class, WebDataset's FILE.tar (or shard-{000..010}.tar), FOLDER:train or \
            FOLDER:test (IDX files, as MNIST's, or CIFAR), FILE.npz or FILE.safetensors (arrays images and labels), each \
            optionally followed by a range of samples, [a:b].

              mehlsoup learn --models pool --data mnist:test[0:5000] --eval-data mnist:test[5000:] --out soup
              mpirun -n 4 --bind-to none mehlsoup learn --models pool …     the same, on 4 ranks

            Memory of a rank is about (block size + 1)/ranks + 1 + lanes in flight models, and their activations: lower \
            --block-size, take --slice-type bf16 or i8, or more ranks, where it does not fit.
            """
    )

    @OptionGroup var options: GivenOptions<ResolvedRun>

    static let canStop = true

    mutating func run(on transport: any Transport) throws {
        let share = try transport.coreShare()
        let options = options
        var resolved = try transport.agreeing { try ResolvedRun(options.withFile(), share) }
        try transport.watch(timeout: resolved.timeout, isResumable: true)
        var folder: RunFolder?
        do {
            let inputs = try resolved.inputs(on: transport)
            guard !resolved.isDryRun else {
                resolved.settings.fit(inputs)
                return try preview([resolved], inputs, on: transport)
            }
            try transport.agreeing {
                if transport.isCoordinator {
                    try inputs.output.checkForeign(folder: resolved.out, resolved.interrupted)
                    folder = try RunFolder(resolved.out, interrupted: resolved.interrupted)
                }
            }
            resolved.settings.fit(inputs)
            try transport.agree(on: inputs, options: resolved.commonOptions)
            var shared = SharedFindings()
            let result = try resolved.perform(inputs, on: transport, into: folder, &shared)
            guard let result, let folder else { return }
            show(result.metrics, folder)
            if resolved.printsJSON { print(try result.metrics.json(pretty: false)) }
        } catch {
            folder?.removeIfUnused()
            throw error
        }
    }

    private func show(_ metrics: RunMetrics, _ folder: RunFolder) {
        for line in metrics.outOfFold?.lines ?? [] { print(line) }
        let interval = Statistics.interval(metrics.heldoutAccuracy, count: metrics.heldoutSamples)
        print(
            "held-out  accuracy \(interval)  loss \(fixed(metrics.heldoutLoss, 4))  on \(metrics.heldoutSamples) images"
        )
        if let accuracy = metrics.testAccuracy, let loss = metrics.testLoss, let count = metrics.testSamples {
            print(
                "test      accuracy \(Statistics.interval(accuracy, count: count))  loss \(fixed(loss, 4))  on \(count) images"
            )
        }
        if let best = metrics.best {
            let scores = [("held-out", Optional(best.heldoutAccuracy)), ("test", best.testAccuracy)]
            let texts = scores.compactMap { name, score in score.map { "\(name) \(fixed(100 * $0, 2))%" } }
            print(
                "best      \(best.name.onOneLine), the ingredient to beat: \(texts.joined(separator: ", "))"
            )
        }
        for finding in metrics.findings { print(finding.line) }
        let parts = metrics.memoryMib
        func mib(_ name: String) -> String { fixed(parts[name] ?? 0, 0) }
        let verb = metrics.steps > 0 ? "learned  " : "mixed    "
        print(
            "\(verb) \(metrics.groups) × \(metrics.ingredients) coefficients in \(metrics.steps) steps, "
                + "\(fixed(metrics.seconds, 1)) s (\(fixed(metrics.secondsPerStep, 3)) s a step), "
                + "\(metrics.ranks) ranks × \(metrics.threads) threads, "
                + (metrics.lanesInFlight.map { "\($0) lanes in flight, " } ?? "") + metrics.kernels
        )
        print("tensors   \(metrics.tensorCounts)")
        print(
            "memory    peak \(fixed(metrics.peakRssMib, 0)) MiB a rank; of which slices \(mib("slices")), "
                + "model \(mib("parameters")), gradients \(mib("gradients")), activations \(mib("activations")), "
                + "messages \(mib("messages")): \(mib("sum"))"
        )
        print("written   \(folder.path)/")
    }
}
