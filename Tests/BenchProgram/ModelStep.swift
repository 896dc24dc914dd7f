import Checkpoints
import Graphs
import Kernels
import Randomness
import Tensors
import Threads

/// A training step on random weights and images: what the bench times.
final class ModelStep {
    let graph: Graph
    let plan: LanePlan
    let executor: LaneExecutor
    let parameters: AlignedBuffer<Float>
    /// The parameters in bfloat16; empty where products are in float32.
    private let rounded: AlignedBuffer<UInt16>
    private let samples: FixedSamples

    init(_ graph: Graph, plan: LanePlan, batch: Int, team: Team, precision: Precision = .f32) {
        self.graph = graph
        self.plan = plan
        executor = LaneExecutor(
            graph,
            plan: plan,
            node: 0..<plan.lanes,
            team: team,
            precision: precision
        )
        rounded = AlignedBuffer(count: precision == .bf16 ? graph.layout.count : 0)
        parameters = AlignedBuffer(count: graph.layout.count)
        samples = FixedSamples(graph, count: batch)
        var stream = RandomStream(seed: 1)
        for parameter in graph.layout.parameters {
            // Norms near one; products that keep sizes as they are.
            let isVector = parameter.shape.count < 2
            let isFactor = isVector && ["weight", "running_var"].contains { parameter.name.hasSuffix($0) }
            let inputs = parameter.shape.dropFirst().reduce(1, *)
            let width = isVector ? 0.04 : (3 / Double(max(inputs, 1))).squareRoot()
            for index in parameter.range {
                parameters.base[index] = (isFactor ? 1 : 0) + Float(stream.uniform(in: -width...width))
            }
        }
    }

    var batch: Int { samples.count }

    /// Forward and backward over the batch; returns the mean loss.
    func run() throws -> Double { try gradient().loss }

    /// The gradient of the mean loss, valid until the next step, and that loss.
    func gradient() throws -> (gradient: UnsafePointer<Float>?, loss: Double) {
        executor.team.run(rounded.count, by: 1 << 15) { part in
            let start = part.lowerBound
            roundToBFloat16(count: part.count, parameters.base + start, into: rounded.base + start)
        }
        let (gradient, losses) = try executor.gradient(
            samples,
            parameters: parameters.base,
            rounded: rounded.count > 0 ? rounded.base : nil
        )
        return (gradient.map { UnsafePointer($0) }, losses.reduce(.zero, +).meanLoss)
    }

    /// The same gradient in float64.
    func exactGradient() -> AlignedBuffer<Double> {
        let executor = Executor<Double>(graph, capacity: plan.microBatch, team: executor.team)
        let weights = AlignedBuffer<Double>(count: parameters.count)
        for index in 0..<parameters.count { weights.base[index] = Double(parameters.base[index]) }
        let images = AlignedBuffer<Float>(count: plan.microBatch * graph[graph.images].count)
        let targets = AlignedBuffer<Float>(count: plan.microBatch * graph.classes)
        let gradient = AlignedBuffer<Double>(count: parameters.count)
        for (index, part) in plan.microBatches(of: 0..<batch).enumerated() {
            targets.elements.update(repeating: 0)
            samples.fill(part, images: images.base, targets: targets.base)
            let input = executor.images(batch: part.count, training: true)
            for element in 0..<images.count { input[element] = Double(images.base[element]) }
            for element in 0..<targets.count { executor.targets[element] = Double(targets.base[element]) }
            _ = executor.forward(batch: part.count, parameters: weights.base, training: true)
            _ = executor.loss(batch: part.count, scale: 1 / Double(batch))
            executor.backward(
                batch: part.count,
                parameters: weights.base,
                gradient: gradient.base,
                adding: index > 0
            )
        }
        return gradient
    }

    /// Forward and backward over one lane of the batch.
    func run(_ lane: Int, _ executor: Executor<Float>, _ gradient: AlignedBuffer<Float>) {
        for (index, part) in plan.microBatches(of: plan.positions(lane, of: batch)).enumerated() {
            let count = part.count
            executor.targets.update(repeating: 0, count: count * graph.classes)
            samples.fill(
                part,
                images: executor.images(batch: count, training: true),
                targets: executor.targets
            )
            _ = executor.forward(batch: count, parameters: parameters.base, training: true)
            _ = executor.loss(batch: count, scale: 1 / Float(batch))
            executor.backward(
                batch: count,
                parameters: parameters.base,
                gradient: gradient.base,
                adding: index > 0
            )
        }
    }

    /// The weights, and the batch as the tensors `images` and `labels`.
    func save(to path: String) throws {
        let weights = graph.layout.parameters.map { (name: $0.name, shape: $0.shape, layer: $0.layer) }
        let image = graph[graph.images]
        let layout = ParameterLayout(
            weights + [
                (name: "images", shape: [batch] + image.shape.suffix(3), layer: ""),
                (name: "labels", shape: [batch], layer: ""),
            ]
        )
        let all = AlignedBuffer<Float>(count: layout.count)
        all.base.update(from: parameters.base, count: parameters.count)
        let images = all.base + parameters.count
        images.update(from: samples.images.base, count: samples.images.count)
        for position in 0..<batch { images[samples.images.count + position] = Float(samples.label(position)) }
        try CheckpointWriter.write(
            all.base,
            layout: layout,
            types: layout.parameters.map { _ in .float32 },
            metadata: [:],
            to: path
        )
    }

    /// Milliseconds of each kind of operator in one lane of the step, on the calling thread.
    func profile(repeats: Int) throws -> [(name: String, value: String)] {
        let executor = Executor<Float>(graph, capacity: plan.microBatch)
        let gradient = AlignedBuffer<Float>(count: graph.layout.count)
        let count = min(plan.microBatch, plan.positions(0, of: batch).count)
        let clock = ContinuousClock()
        var last = clock.now
        var times: [String: Duration] = [:]
        executor.observer = { operation, isForward in
            let now = clock.now
            times["\(type(of: operation)) \(isForward ? "forward" : "backward")", default: .zero] +=
                now - last
            last = now
        }
        for round in 0...repeats {
            // The first round warms up.
            if round == 1 { times = [:] }
            samples.fill(
                0..<count,
                images: executor.images(batch: count, training: true),
                targets: executor.targets
            )
            last = clock.now
            _ = executor.forward(batch: count, parameters: parameters.base, training: true)
            _ = executor.loss(batch: count, scale: 1 / Float(batch))
            last = clock.now
            executor.backward(
                batch: count,
                parameters: parameters.base,
                gradient: gradient.base,
                adding: false
            )
        }
        return times.sorted { $0.value > $1.value }.map { name, time in
            ("  \(name), ms a lane", format(1000 * (time / .seconds(1)) / Double(repeats), 2))
        }
    }
}

/// A batch in memory.
private struct FixedSamples: SampleSource {
    let count: Int
    let images: AlignedBuffer<Float>
    private let elements: Int
    private let classes: Int

    init(_ graph: Graph, count: Int) {
        self.count = count
        elements = graph[graph.images].count
        classes = graph.classes
        images = AlignedBuffer(count: count * elements)
        var stream = RandomStream(seed: 2)
        for index in 0..<images.count { images.base[index] = Float(stream.uniform(in: -2...2)) }
    }

    func fill(
        _ positions: Range<Int>,
        images target: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) {
        target.update(
            from: images.base + positions.lowerBound * elements,
            count: positions.count * elements
        )
        for (row, position) in positions.enumerated() { targets[row * classes + label(position)] = 1 }
    }

    func label(_ position: Int) -> Int { position * 31 % classes }
}
