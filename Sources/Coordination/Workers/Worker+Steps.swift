import Datasets
import Diagnostics
import Graphs
import Sharding
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
        let badImage = try images.exchange(samples)
        defer { images.finish() }
        let contributes = (0..<transport.size).map { self.contributes(samples.count, $0) }
        let step = travel.step(contributes: contributes)
        step.sendParameters {
            ingredients.combine(fold, displacement, bucket: $0, into: parameters.base)
        }
        clock.end(.combine)
        clock.end(.gather)
        let batch = DatasetBatch(
            dataset: inputs.datasets[0],
            normalisation: inputs.normalisation,
            classes: inputs.model.graph.classes,
            samples: samples,
            problem: badImage
        )
        // This rank's slice of the summed gradient: alone, the lanes' sum is that already.
        var gradient = travel.gradient?.baseAddress
        do {
            let result = try executor.gradient(
                batch,
                parameters: parameters.base,
                rounded: travel.rounded,
                temperature: temperature,
                flow: step.flow
            )
            if travel.gradient == nil { gradient = result.gradient.map { UnsafePointer($0) } }
            record(result.losses, &report)
            if let badImage { throw badImage }
        } catch {
            // The others wait for this rank's part: it sent zeros, and the coordinator is told to forget the sum.
            report.failure = failure(error)
        }
        clock.end(.forwardBackward)
        clock.move(step.secondsWaited, from: .forwardBackward, to: .gather)
        try step.finishParameters()
        var products = ingredients.noProducts()
        try step.finishGradients { bucket in
            clock.end(.reduce)
            if let gradient { ingredients.project(gradient, fold, bucket: bucket, into: &products) }
            clock.end(.project)
            RunPlace.begin(.reduce)
        }
        report.sums = groupTrees.sums(
            products,
            width: ingredients.ingredientCount + 1,
            rank: transport.rank
        )
        clock.end(.project)
    }

    /// Whether any lane of `rank` has a sample of a batch of `count`.
    private func contributes(_ count: Int, _ rank: Int) -> Bool {
        shares[rank].contains { !settings.lanes.positions($0, of: count).isEmpty }
    }
}
