import Datasets
import Graphs
import Kernels
import Randomness
import Soups
import Tensors
import Threads

/// Trains models of one graph on one data set, by AdamW.
///
/// The result is the same bit for bit for any number of threads.
package final class Trainer {
    package let graph: Graph
    package let dataset: Dataset
    package let normalisation: Normalisation
    private let executor: LaneExecutor
    private let first: AlignedBuffer<Float>
    private let second: AlignedBuffer<Float>
    private let decayRuns: [DecayRun]

    /// What a training run came to.
    package struct Outcome: Sendable, Equatable, Codable {
        /// Mean loss and share of correct answers over the last tenth of the steps, on varied images.
        package let trainLoss: Double
        package let trainAccuracy: Double
    }

    /// Parameters that lie side by side and have the same weight decay.
    struct DecayRun: Equatable {
        let range: Range<Int>
        let decays: Bool
    }

    package init(
        _ graph: Graph,
        dataset: Dataset,
        normalisation: Normalisation,
        lanes: Int,
        threads: Int
    ) {
        self.graph = graph
        self.dataset = dataset
        self.normalisation = normalisation
        let plan = LanePlan(lanes: lanes, microBatch: LanePlan.defaultMicroBatch(graph))
        executor = LaneExecutor(graph, plan: plan, node: plan.tree.root, team: Team(threads: threads))
        first = AlignedBuffer(count: graph.layout.count)
        second = AlignedBuffer(count: graph.layout.count)
        decayRuns = Self.decayRuns(graph.layout)
    }

    /// Trains `parameters` in place on the given samples of the data set.
    ///
    /// * `progress`: called after every step with its number, from 1, and what its batch came to
    /// * throws `RunError` where the loss is no longer a finite number
    package func train(
        _ parameters: AlignedBuffer<Float>,
        settings: TrainingSettings,
        samples: [Int],
        progress: (Int, LossSum) -> Void
    ) throws -> Outcome {
        first.elements.update(repeating: 0)
        second.elements.update(repeating: 0)
        let seed = UInt64(bitPattern: Int64(settings.seed))
        let order = BatchOrder(sampleCount: samples.count, batchSize: settings.batchSize, seed: seed)
        let schedule = LearningRateSchedule(
            peak: settings.learningRate,
            steps: settings.steps,
            warmup: settings.warmup
        )
        let stream = RandomStream(seed: seed).split("augmentation")
        var last = LossSum.zero
        for step in 0..<settings.steps {
            let (epoch, index) = step.quotientAndRemainder(dividingBy: order.batchesPerEpoch)
            let varied = AugmentedSamples(
                dataset: dataset,
                samples: order.batch(epoch: epoch, index: index).map { samples[$0] },
                classes: graph.classes,
                normalisation: normalisation,
                augmentation: settings.augmentation,
                smoothing: Float(settings.labelSmoothing),
                stream: stream.split("step", step),
                key: .position
            )
            let batch = TrainingBatch(samples: varied)
            let (gradient, losses) = try executor.gradient(batch, parameters: parameters.base)
            let loss = losses.reduce(.zero, +)
            guard loss.loss.isFinite else {
                throw TrainingDiverged(step: step, learningRate: schedule.rate(at: step))
            }
            if let gradient {
                update(
                    parameters,
                    gradient,
                    settings,
                    step: step + 1,
                    learningRate: Float(schedule.rate(at: step))
                )
            }
            if step >= settings.steps - max(1, settings.steps / 10) { last = last + loss }
            progress(step + 1, loss)
        }
        return Outcome(trainLoss: last.meanLoss, trainAccuracy: last.accuracy)
    }

    /// Loss and accuracy of a model over a whole data set.
    package func evaluate(_ parameters: AlignedBuffer<Float>, on dataset: Dataset) throws -> LossSum {
        let batch = EvaluationBatch(dataset: dataset, classes: graph.classes, normalisation: normalisation)
        let parts = 0..<executor.microBatchCount(of: dataset.count)
        return try executor.evaluate(batch, microBatches: parts, parameters: parameters.base)
            .reduce(.zero, +)
    }

    private func update(
        _ parameters: AlignedBuffer<Float>,
        _ gradient: UnsafeMutablePointer<Float>,
        _ settings: TrainingSettings,
        step: Int,
        learningRate: Float
    ) {
        let norm = Self.norm(gradient, graph.layout, on: executor.team)
        let scale = norm > settings.clip ? Float(settings.clip / norm) : 1
        for run in decayRuns {
            let start = run.range.lowerBound
            adamWUpdate(
                on: executor.team,
                count: run.range.count,
                settings: AdamWSettings(weightDecay: run.decays ? Float(settings.weightDecay) : 0),
                step: step,
                learningRate: learningRate,
                scale: scale,
                gradient: gradient + start,
                parameters: parameters.base + start,
                first: first.base + start,
                second: second.base + start
            )
        }
    }

    /// Euclidean norm, summed in double chunk by chunk.
    static func norm(_ gradient: UnsafePointer<Float>, _ layout: ParameterLayout, on team: Team) -> Double {
        let squares = AlignedBuffer<Double>(count: layout.chunks.count)
        team.run(layout.chunks.count, by: 16) { tile in
            for index in tile {
                let chunk = layout.chunks[index].range
                let start = gradient + chunk.lowerBound
                squares.base[index] = dot(count: chunk.count, start, UnsafeRawPointer(start), stored: .f32)
            }
        }
        return squares.elements.reduce(0, +).squareRoot()
    }

    /// Weight decay is for matrices: not for biases, scales of normalisations, class token and positions.
    static func decays(_ parameter: Parameter) -> Bool {
        parameter.shape.count > 1 && parameter.name != "cls_token" && parameter.name != "pos_embed"
    }

    static func decayRuns(_ layout: ParameterLayout) -> [DecayRun] {
        layout.parameters.reduce(into: []) { runs, parameter in
            let decays = decays(parameter)
            if let last = runs.last, last.decays == decays,
                last.range.upperBound == parameter.range.lowerBound
            {
                runs[runs.count - 1] = DecayRun(
                    range: last.range.lowerBound..<parameter.range.upperBound,
                    decays: decays
                )
            } else {
                runs.append(DecayRun(range: parameter.range, decays: decays))
            }
        }
    }
}

/// A training run whose loss is no longer a finite number.
package struct TrainingDiverged: Error, CustomStringConvertible, Sendable {
    package let step: Int
    package let learningRate: Double

    package var description: String {
        "the loss is not finite at step \(step), learning rate \(learningRate): training has diverged; "
            + "lower --pretrain-lr or --learning-rate-range"
    }
}
