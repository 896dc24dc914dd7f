import ArgumentParser
import Foundation
import Graphs
import ImportedGraphs
import Kernels
import Threads
import VisionModels

/// Prints how fast a step is beside OpenBLAS alone on the step's own matrix products, in the same run.
@main struct Bench: ParsableCommand {
    enum Model: String, CaseIterable, ExpressibleByArgument {
        case b32, s16

        var shape: VisionTransformer {
            let (patch, width) = self == .b32 ? (32, 768) : (16, 384)
            return VisionTransformer(
                channels: 3,
                height: 224,
                width: 224,
                patch: patch,
                embedding: width,
                depth: 12,
                heads: width / 64,
                hidden: 4 * width,
                classes: 1000
            )
        }
    }

    static let configuration = CommandConfiguration(commandName: "mehlsoup-bench")

    @Option(help: "ViT-B/32 or ViT-S/16, at 224 pixels.") var model = Model.b32
    @Option(
        help: "Instead of these the graph of an image classifier, in the file that torch.export.save wrote."
    )
    var graph: String?
    @Option(help: "Samples in a step.") var batch = 32
    @Option(help: "Threads.") var threads = 2
    @Option(help: "Lanes that the batch is cut into.") var lanes = 8
    @Option(help: "Timed rounds, of which the median counts.") var repeats = 9
    @Option(help: "bf16 times the step with products in bfloat16, too, and PyTorch's under autocast.")
    var precision = Precision.f32
    @Option(help: "Numbers of cores, as in 16,64: what the step would take on them, from its measured tiles.")
    var simulateCores: String?
    @Flag(help: "Adds the time of each kind of operator, on one thread.") var profile = false
    @Flag(help: "Instead of times: how far each layer's gradient is from float64's.") var errors = false
    @Option(
        help: "The path of bench_pytorch.py, to time PyTorch's step on the same weights and batch as well."
    )
    var pytorch: String?

    func validate() throws {
        guard min(batch, threads, lanes, repeats) > 0 else {
            throw ValidationError("batch, threads, lanes and repeats must be at least 1")
        }
        guard simulatedCores.allSatisfy({ $0 > 0 }) else {
            throw ValidationError(
                "--simulate-cores: expected numbers from 1 up, found \(simulateCores ?? "")"
            )
        }
    }

    private var simulatedCores: [Int] { simulateCores?.split(separator: ",").map { Int($0) ?? 0 } ?? [] }

    private func read() throws -> Graph {
        try graph.map { try ExportedProgram($0).graph(file: $0) } ?? model.shape.graph()
    }

    private var modelName: String {
        let name = graph.map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
        return name ?? "ViT \(model.rawValue), 224 px"
    }

    func run() throws {
        guard simulateCores == nil else { return try simulate() }
        guard !errors else { return try compareGradients() }
        let graph = try read()
        let plan = LanePlan(lanes: lanes, microBatch: LanePlan.defaultMicroBatch(graph))
        let team = Team(threads: threads, spins: true)
        let step = ModelStep(graph, plan: plan, batch: batch, team: team)
        let half =
            precision == .bf16
            ? ModelStep(graph, plan: plan, batch: batch, team: team, precision: .bf16) : nil
        let bare = BareProducts(step)
        let pytorch = try pytorch.map {
            try PyTorchStep(script: $0, step: step, graph: self.graph, threads: threads)
        }

        // A first round of each warms up: pages are touched, frequencies rise.
        let loss = try step.run()
        let halfLoss = try half?.run()
        bare.run()
        let first = try pytorch?.run()
        let firstHalf = half == nil ? nil : try pytorch?.run("autocast")
        var rounds: [Round] = []
        for _ in 0..<repeats {
            let ours = try Cost { _ = try step.run() }
            let alone = Cost { bare.run() }
            let theirs = try pytorch?.run().seconds ?? .nan
            let rounded = try half.map { half in try Cost { _ = try half.run() } }
            let theirsHalf = half == nil ? .nan : try pytorch?.run("autocast").seconds ?? .nan
            rounds.append(
                Round(step: ours, bare: alone, pytorch: theirs, half: rounded, pytorchHalf: theirsHalf)
            )
        }

        let operations = Double(bare.operations)
        let kernels = KernelSet.current
        var table = Table()
        table.add(
            "model",
            "\(modelName), batch \(batch), lanes \(lanes), threads \(threads)"
        )
        table.add("kernel set", kernels.description)
        table.add("products of a step", "\(format(operations / 1e9, 1)) GFLOP in \(bare.count)")
        let stepTime = median(rounds.map(\.step.elapsed))
        table.add("step, forward and backward", rate(stepTime, operations))
        table.add("OpenBLAS alone", rate(median(rounds.map(\.bare.elapsed)), operations))
        table.add(
            "  the step's rate in this one's",
            percent(rounds.map { $0.bare.elapsed / $0.step.elapsed })
        )
        table.add(
            "  the same, by processor time",
            percent(rounds.map { $0.bare.processor / $0.step.processor })
        )
        let square = SquareProduct(team: team)
        table.add("OpenBLAS on squares of \(square.side)", rate(square.time(repeats), square.operations))
        table.add("loss", format(loss, 6))
        if let first {
            table.add("PyTorch \(first.version), step", rate(median(rounds.map(\.pytorch)), operations))
            table.add("  the step's rate in this one's", percent(rounds.map { $0.pytorch / $0.step.elapsed }))
            table.add("  its loss", format(first.loss, 6))
        }
        if let halfLoss {
            let halves = rounds.compactMap(\.half)
            table.add("step in bfloat16", rate(median(halves.map(\.elapsed)), operations))
            table.add(
                "  its rate in the float32 step's",
                percent(zip(rounds, halves).map { $0.step.elapsed / $1.elapsed })
            )
            table.add("  its loss", format(halfLoss, 6))
        }
        if let firstHalf {
            table.add("PyTorch's step under autocast", rate(median(rounds.map(\.pytorchHalf)), operations))
            table.add(
                "  the bfloat16 step's rate in this one's",
                percent(rounds.map { $0.pytorchHalf / ($0.half?.elapsed ?? .nan) })
            )
            table.add("  its loss", format(firstHalf.loss, 6))
        }
        table.add("images per second", format(Double(batch) / stepTime, 1))
        table.add("activations, MiB", mebibytes(step.executor.activationBytes))
        table.add("gradients, MiB", mebibytes(step.executor.gradientBytes))
        let bandwidth = MemoryBandwidth(team: team)
        for line in bandwidth.measure(repeats: repeats) { table.add(line.name, line.value) }
        if profile { for line in try step.profile(repeats: repeats) { table.add(line.name, line.value) } }
        print(table.text)
        if let first, !(abs(first.loss - loss) <= 1e-4 * abs(loss)) {
            print("PyTorch's loss differs from ours")
            throw ExitCode.failure
        }
        if let warning = kernels.warning { print("note: \(warning)") }
    }

    private func compareGradients() throws {
        let graph = try read()
        let plan = LanePlan(lanes: lanes, microBatch: LanePlan.defaultMicroBatch(graph))
        let team = Team(threads: threads, spins: true)
        var exact: GradientErrors?
        let columns = try [Precision.f32, .bf16].map { precision in
            let step = ModelStep(graph, plan: plan, batch: batch, team: team, precision: precision)
            let errors = exact ?? GradientErrors(step)
            exact = errors
            return try step.gradient().gradient.map { errors.errors(of: $0) } ?? []
        }
        var table = Table()
        table.add("layer", "float32    bfloat16 products")
        for (single, half) in zip(columns[0], columns[1]) {
            table.add(single.layer, String(format: "%.1e    %.1e", single.error, half.error))
        }
        print(table.text)
    }

    private func simulate() throws {
        let graph = try read()
        let plan = LanePlan(lanes: lanes, microBatch: LanePlan.defaultMicroBatch(graph))
        let step = ModelStep(graph, plan: plan, batch: batch, team: .alone)
        let simulation = CoreSimulation(step, repeats: repeats)
        var table = Table()
        table.add("model", "\(modelName), batch \(batch), lanes \(lanes)")
        func percent(_ share: Double) -> String { "\(format(100 * share, 1))%" }
        for cores in simulatedCores {
            let outcome = simulation.outcome(cores: cores)
            table.add(
                "\(cores) cores: \(outcome.inFlight) lanes in flight × \(outcome.team) threads",
                "\(format(1000 * outcome.seconds, 1)) ms, efficiency \(percent(outcome.efficiency)); lost to uneven tiles "
                    + "\(percent(outcome.uneven)), barriers \(percent(outcome.barriers)), outside tiles "
                    + "\(percent(outcome.outside)), sums and last lanes \(percent(outcome.sums))"
            )
        }
        print(table.text)
    }

    /// What each took (PyTorch: seconds that passed), one after another.
    private struct Round {
        let step: Cost
        let bare: Cost
        let pytorch: Double
        let half: Cost?
        let pytorchHalf: Double
    }

    private func percent(_ ratios: [Double]) -> String { "\(format(100 * median(ratios), 0))%" }

    private func rate(_ time: Double, _ operations: Double) -> String {
        "\(format(1000 * time, 1)) ms, \(format(operations / time / 1e9, 1)) GFLOP/s"
    }

    private func mebibytes(_ bytes: Int) -> String { format(Double(bytes) / 0x1p20, 0) }
}

extension Precision: ExpressibleByArgument {}
