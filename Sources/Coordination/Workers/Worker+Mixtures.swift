import Datasets
import Graphs
import MessagePassing
import Soups

/// Mixtures of whole ingredients, and how well they do.
extension Worker {
    func mix(_ alpha: CoefficientMatrix, _ report: inout Report) throws {
        do {
            let types = try inputs.elementTypes()
            try PoolMixing(reading)
                .mix(alpha, into: parameters.base + chunks.elements.lowerBound, rounding: types)
        } catch let error as MessagePassingError {
            throw error
        } catch {
            report.failure = failure(error)
        }
        try gatherParameters()
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

    func evaluate(_ index: Int, _ part: HeldOutPart, _ report: inout Report) throws {
        let dataset = inputs.datasets[index]
        let samples = index == 0 ? heldOut.samples(part) : Array(0..<dataset.count)
        let batch = DatasetBatch(
            dataset: dataset,
            normalisation: inputs.normalisation,
            classes: inputs.model.graph.classes,
            samples: samples
        )
        let own = microBatches(of: samples.count, rank: transport.rank)
        record(try executor.evaluate(batch, microBatches: own, parameters: parameters.base), &report)
    }
}
