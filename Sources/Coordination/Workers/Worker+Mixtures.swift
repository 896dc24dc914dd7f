import Datasets
import Graphs
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
                .mix(alpha, into: .whole(parameters.base), rounding: types)
        } catch let error as MessagePassingError {
            throw error
        } catch {
            report.failure = failure(error)
        }
        clock.end(.combine)
        try travel.gather()
        clock.end(.gather)
    }

    /// Per parameter, this rank's part of Σ(θ − kept)² and Σθ².
    func measure(_ measure: Measure, _ report: inout Report) {
        guard measure != .forget else {
            kept = nil
            return
        }
        if measure == .keep { kept = KeptSlice(parameters.base, chunks) }
        guard let kept else { preconditionFailure("nothing was kept") }
        let sums = kept.squares(of: parameters.base, on: team)
        report.sums = parameterTrees.sums(sums, width: 2, rank: transport.rank)
    }

    func mean() -> RunningMean {
        let mean = runningMean ?? RunningMean(reading)
        runningMean = mean
        return mean
    }

    func makeMean(with ingredient: Int, _ report: inout Report) throws {
        do {
            try mean().mean(with: ingredient, into: parameters.base)
        } catch let error as MessagePassingError {
            throw error
        } catch {
            report.failure = failure(error)
        }
        try travel.gather()
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
