import Datasets
import Graphs
import Kernels
import MessagePassing
import Sharding
import Soups
import Tensors

/// Mixtures of whole ingredients, and how well they do.
extension Worker {
    func mix(_ alpha: CoefficientMatrix, _ report: inout Report, _ clock: inout PhaseClock) throws {
        do {
            let types = try inputs.elementTypes()
            try PoolMixing(reading)
                .mix(alpha, into: parameters.base + chunks.elements.lowerBound, rounding: types)
        } catch let error as MessagePassingError {
            throw error
        } catch {
            report.failure = failure(error)
        }
        clock.end(.combine)
        try gatherParameters()
        clock.end(.gather)
    }

    /// Per parameter, this rank's part of Σ(θ − kept)² and Σθ².
    func measure(_ measure: Measure, _ report: inout Report) {
        guard measure != .forget else {
            kept = nil
            return
        }
        let elements = chunks.elements
        let own = parameters.base + elements.lowerBound
        if measure == .keep {
            let copy = AlignedBuffer<Float>(count: elements.count)
            copy.base.update(from: own, count: elements.count)
            kept = copy
        }
        guard let kept else { preconditionFailure("nothing was kept") }
        let reference = kept.base
        var sums = [Double](repeating: 0, count: 2 * chunks.chunks.count)
        let tiles = chunks.tiles
        let list = chunks.chunks
        sums.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            team.run(tiles.count) { item in
                let scratch = UnsafeMutablePointer<Float>.allocate(capacity: ParameterLayout.chunkLength)
                defer { scratch.deallocate() }
                for index in tiles[item] {
                    let (offset, count) = (list[index].offset, list[index].range.count)
                    let values = own + offset
                    scratch.update(from: values, count: count)
                    subtract(count: count, reference + offset, from: scratch)
                    base[2 * index] = dot(count: count, scratch, scratch, stored: .f32)
                    base[2 * index + 1] = dot(count: count, values, values, stored: .f32)
                }
            }
        }
        report.sums = parameterTrees.sums(sums, width: 2, rank: transport.rank)
    }

    func mean() -> RunningMean {
        let mean = runningMean ?? RunningMean(reading)
        runningMean = mean
        return mean
    }

    func makeMean(with ingredient: Int, _ report: inout Report) throws {
        do {
            try mean().mean(with: ingredient, into: parameters.base + chunks.elements.lowerBound)
        } catch let error as MessagePassingError {
            throw error
        } catch {
            report.failure = failure(error)
        }
        try gatherParameters()
    }

    func evaluate(_ index: Int, _ part: HeldOutPart, _ answers: Bool, _ report: inout Report) throws {
        let dataset = inputs.datasets[index]
        let samples = index == 0 ? heldOut.samples(part) : Array(0..<dataset.count)
        let batch = DatasetBatch(
            dataset: dataset,
            normalisation: inputs.normalisation,
            classes: inputs.model.graph.classes,
            samples: samples
        )
        let own = microBatches(of: samples.count, rank: transport.rank)
        let size = settings.lanes.microBatch
        let count = min(own.upperBound * size, samples.count) - min(own.lowerBound * size, samples.count)
        report.answers = Array(repeating: 0, count: answers ? count * batch.classes : 0)
        let losses = try report.answers.withUnsafeMutableBufferPointer {
            try executor.evaluate(
                batch,
                microBatches: own,
                parameters: parameters.base,
                answers: answers ? $0.baseAddress : nil
            )
        }
        record(losses, &report)
    }
}
