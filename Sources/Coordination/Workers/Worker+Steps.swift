import Datasets
import Graphs
import Soups

extension Worker {
    /// Loss and gradient of a batch for a fold's soup at `displacement`, and what the gradient says of the coefficients.
    func step(
        _ fold: Int,
        _ displacement: CoefficientMatrix,
        _ temperature: Double,
        _ samples: [Int],
        _ report: inout Report,
        _ clock: inout PhaseClock
    ) throws {
        guard let ingredients else { preconditionFailure("no coefficient block was planned for") }
        ingredients.combine(fold, displacement, into: parameters.base + chunks.elements.lowerBound)
        clock.end(.combine)
        if let roundedParameters {
            try roundedParameters.gather(into: parameters.base)
        } else {
            try gatherParameters()
        }
        let badImage = try images.exchange(samples)
        defer { images.finish() }
        clock.end(.gather)
        let batch = DatasetBatch(
            dataset: inputs.datasets[0],
            normalisation: inputs.normalisation,
            classes: inputs.model.graph.classes,
            samples: samples
        )
        var partial: UnsafeMutablePointer<Float>?
        do {
            let result = try executor.gradient(
                batch,
                parameters: parameters.base,
                rounded: roundedParameters?.base,
                temperature: temperature
            )
            partial = result.gradient
            record(result.losses, &report)
            if let badImage { throw badImage }
        } catch {
            // The others wait for this rank's part: it sends zeros, where the combined model was that the next step makes
            // anew, and the coordinator is told to forget the sum.
            report.failure = failure(error)
            parameters.elements.update(repeating: 0)
            partial = contributes(samples.count, transport.rank) ? parameters.base : nil
        }
        clock.end(.forwardBackward)
        let gradient = try reduce(partial, samples.count)
        clock.end(.reduce)
        let products = ingredients.project(gradient, fold)
        report.sums = groupTrees.sums(
            products,
            width: ingredients.ingredientCount + 1,
            rank: transport.rank
        )
        clock.end(.project)
    }

    private func reduce(_ partial: UnsafeMutablePointer<Float>?, _ count: Int) throws -> UnsafePointer<Float>
    {
        // Alone, the lanes' sum is the slice already.
        if transport.size == 1, let partial { return UnsafePointer(partial) }
        let all = (0..<transport.size).map { contributes(count, $0) }
        try reduction.reduce(partial, contributes: all, into: gradientSlice.base)
        return UnsafePointer(gradientSlice.base)
    }

    /// Whether any lane of `rank` has a sample of a batch of `count`.
    private func contributes(_ count: Int, _ rank: Int) -> Bool {
        shares[rank].contains { !settings.lanes.positions($0, of: count).isEmpty }
    }
}
