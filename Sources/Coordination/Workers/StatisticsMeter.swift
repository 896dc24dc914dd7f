import Datasets
import Graphs
import MessagePassing
import Randomness
import Threads

/// Measures the statistics of a mixture's batch norms: what each sees of images, whose labels do not matter.
///
/// A mean of ingredients' statistics is not the statistics of their mean (Izmailov et al., 2018; Jordan et al., 2023). Batches
/// of images go through the graph, normalised by their own means and variances, and the soup gets the means of what the batches
/// had, as by PyTorch's torch.optim.swa_utils.update_bn. Which images and batches does not depend on ranks or threads.
package final class StatisticsMeter {
    /// Most images of a batch.
    static let batchSize = 64
    /// Fewest images: of fewer the ingredients' own statistics say more.
    package static let fewestImages = 32
    /// Most images: more change little (Wu and Johnson, 2021, find 1,000 to 10,000 enough).
    static let mostImages = 2048

    /// Means and variances of all batch norms.
    package let elements: Int
    /// Place of the data set among the inputs'.
    private let data: Int
    /// Numbers of its samples, batch after batch.
    private let batches: [[Int]]
    private let executor: Executor<Float>
    private let ranks: Int

    /// Nil where the model has no such norms, or too little to measure them by.
    init?(_ inputs: RunInputs, team: Team, _ transport: any Transport) {
        guard inputs.canMeasureStatistics, let graph = inputs.model.measuring,
            let data = inputs.measuring
        else { return nil }
        precondition(
            graph.layout == inputs.layout && graph.statisticRanges == inputs.model.graph.statisticRanges
        )
        self.data = data
        batches = Self.batches(of: inputs.datasets[data].count)
        elements = graph.statisticRanges.reduce(0) { $0 + $1.count }
        ranks = transport.size
        executor = Executor(
            graph,
            capacity: batches.map(\.count).max() ?? 1,
            training: false,
            team: team
        )
    }

    var byteCount: Int { executor.byteCount }

    /// Images that are looked at.
    package var images: Int { batches.reduce(0) { $0 + $1.count } }

    /// Samples drawn once and for all, in batches that differ by one sample at most.
    ///
    /// Drawn, for images often lie class after class, and what a batch of one class sees is not what the soup is going to.
    static func batches(of count: Int) -> [[Int]] {
        let taken = min(count, mostImages)
        var stream = RandomStream(seed: 0)
        let samples = stream.permutation(of: count).prefix(taken)
        let batches = (taken + batchSize - 1) / batchSize
        return (0..<batches).map { samples[taken * $0 / batches..<taken * ($0 + 1) / batches].sorted() }
    }

    /// The batches that are a rank's.
    func batches(of rank: Int) -> Range<Int> {
        batches.count * rank / ranks..<batches.count * (rank + 1) / ranks
    }

    /// What the batch norms see of a batch, for the parameters.
    func see(_ batch: Int, of inputs: RunInputs, parameters: UnsafePointer<Float>) throws -> [Float] {
        let source = DatasetBatch(
            dataset: inputs.datasets[data],
            normalisation: inputs.normalisation,
            classes: inputs.model.graph.classes,
            samples: batches[batch]
        )
        let count = source.count
        executor.targets.update(repeating: 0, count: count * source.classes)
        try source.fill(
            0..<count,
            images: executor.images(batch: count, training: false),
            targets: executor.targets
        )
        var seen = [Double](repeating: 0, count: elements)
        seen.withUnsafeMutableBufferPointer {
            _ = executor.forward(batch: count, parameters: parameters, statistics: $0.baseAddress)
        }
        return seen.map { Float($0) }
    }

    /// The means over all batches.
    ///
    /// * `seen`: batch after batch
    func mean(of seen: [Float]) -> [Float] {
        (0..<elements).map { element in
            let sum = batches.indices.reduce(0.0) { $0 + Double(seen[$1 * elements + element]) }
            return Float(sum / Double(batches.count))
        }
    }
}

extension RunInputs {
    /// Whether there are statistics of batch norms that are not an ingredient's own, and images enough to measure them by.
    package var canMeasureStatistics: Bool {
        model.measuring != nil && pool.count > 1
            && (measuring.map { datasets[$0].count } ?? 0) >= StatisticsMeter.fewestImages
    }
}

extension Worker {
    func seeStatistics(_ report: inout Report) throws {
        guard let meter else { preconditionFailure("no statistics were planned for") }
        for batch in meter.batches(of: transport.rank) {
            report.answers += try meter.see(batch, of: inputs, parameters: parameters.base)
        }
    }

    /// As the ingredients store them.
    func setStatistics(_ values: [Float]) throws {
        let types = try inputs.elementTypes()
        var start = 0
        for (parameter, type) in zip(inputs.layout.parameters, types)
        where inputs.model.graph.statisticRanges.contains(parameter.range) {
            let target = parameters.base + parameter.range.lowerBound
            for element in 0..<parameter.range.count { target[element] = values[start + element] }
            if type != .float32 { type.round(target, count: parameter.range.count) }
            start += parameter.range.count
        }
    }
}

extension Coordinator {
    /// Measures the statistics of the present parameters' batch norms, and makes them theirs on every rank.
    package func measureStatistics() throws {
        guard let meter = worker.meter else { return }
        try give(.seeStatistics)
        try give(.setStatistics(meter.mean(of: reports.flatMap(\.answers))))
    }
}
