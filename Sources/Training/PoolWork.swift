import Checkpoints
import Datasets
import Diagnostics
import Foundation
import Graphs
import Tensors

/// One model that is to be trained.
struct ModelPlan: Sendable {
    let name: String
    let settings: TrainingSettings
    /// Of the data set.
    let samples: [Int]

    /// Images that training goes through.
    var trainedSamples: Int {
        let batches = (samples.count - 1) / settings.batchSize + 1
        let (epochs, rest) = settings.steps.quotientAndRemainder(dividingBy: batches)
        return epochs * samples.count + rest * min(settings.batchSize, samples.count)
    }
}

/// One rank's part of making a pool: trains, writes and measures one model after another.
final class PoolWork {
    let meter: ProgressMeter
    private let materials: PoolMaterials
    private let folder: PoolFolder
    private var stepsDone = 0

    init(_ materials: PoolMaterials, folder: PoolFolder, meter: ProgressMeter) {
        self.materials = materials
        self.folder = folder
        self.meter = meter
    }

    func trainer(lanes: Int, threads: Int) -> Trainer {
        Trainer(
            materials.graph,
            dataset: materials.dataset,
            normalisation: materials.normalisation,
            lanes: lanes,
            threads: threads
        )
    }

    /// Trains `parameters` in place by `plan` and writes them.
    ///
    /// - Throws: `RunError` where training diverges, and the errors of reading images and writing the file.
    func make(
        _ plan: ModelPlan,
        _ parameters: AlignedBuffer<Float>,
        _ trainer: Trainer
    ) throws -> ModelReport {
        var recent = RecentLoss()
        let outcome: Trainer.Outcome
        do {
            outcome = try trainer.train(parameters, settings: plan.settings, samples: plan.samples) {
                step,
                loss in
                recent.add(loss)
                meter.update(step: stepsDone + step, "model=\(plan.name) \(recent.text)")
            }
        } catch let error as TrainingDiverged {
            throw RunError("\(plan.name): \(error)")
        }
        stepsDone += plan.settings.steps
        let layout = materials.graph.layout
        let name = "\(plan.name).safetensors"
        try CheckpointWriter.write(
            parameters.base,
            layout: layout,
            types: layout.parameters.map { _ in .float32 },
            metadata: ["format": "pt"],
            to: folder.file(name)
        )
        let heldout = try materials.heldout.map { try trainer.evaluate(parameters, on: $0) }
        let test = try materials.evaluation.map { try trainer.evaluate(parameters, on: $0) }
        let report = ModelReport(
            file: name,
            samples: plan.samples.count,
            settings: plan.settings,
            trainLoss: outcome.trainLoss,
            trainAccuracy: outcome.trainAccuracy,
            heldoutLoss: heldout?.meanLoss,
            heldoutAccuracy: heldout?.accuracy,
            testLoss: test?.meanLoss,
            testAccuracy: test?.accuracy
        )
        meter.say("done \(report.summary) elapsed=\(ProgressMeter.duration(meter.elapsed))")
        return report
    }
}

/// Loss and accuracy of the latest batches, the older the less.
private struct RecentLoss {
    private var loss = 0.0
    private var accuracy = 0.0
    private var weight = 0.0

    mutating func add(_ batch: LossSum) {
        loss = 0.95 * loss + 0.05 * batch.meanLoss
        accuracy = 0.95 * accuracy + 0.05 * batch.accuracy
        weight = 0.95 * weight + 0.05
    }

    var text: String {
        String(format: "loss=%.4f accuracy=%.4f", loss / weight, accuracy / weight)
    }
}
