import Datasets
import Graphs
import Tensors
import TestSupport
import Testing
import Threads
import VisionModels

@testable import Training

@Suite struct TrainerTests {
    private let folder: TemporaryFolder
    private let dataset: Dataset
    private let transformer: VisionTransformer

    init() throws {
        folder = try TemporaryFolder()
        dataset = try Dataset.open(TinyImages.write(256, into: folder))
        var settings = PoolSettings(data: "", folder: "")
        (settings.embedding, settings.depth, settings.heads, settings.patch) = (16, 1, 2, 2)
        transformer = try settings.transformer(for: dataset)
    }

    private func trained(
        threads: Int,
        _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> (parameters: [Float], losses: [Double], test: LossSum) {
        let graph = try transformer.graph()
        let parameters = AlignedBuffer<Float>(count: graph.layout.count)
        transformer.initialise(parameters.base, layout: graph.layout, seed: 5)
        let trainer = Trainer(
            graph,
            dataset: dataset,
            normalisation: try .measured(on: dataset),
            lanes: 4,
            threads: threads
        )
        var settings = TrainingSettings(
            learningRate: 1e-2,
            weightDecay: 0.05,
            steps: 100,
            batchSize: 32,
            seed: 7
        )
        settings.augmentation = Augmentation(erase: 0.2, mixup: 0.1)
        change(&settings)
        var losses: [Double] = []
        _ = try trainer.train(parameters, settings: settings, samples: Array(0..<dataset.count)) {
            step,
            loss in
            #expect(step == losses.count + 1)
            losses.append(loss.meanLoss)
        }
        return (Array(parameters.elements), losses, try trainer.evaluate(parameters, on: dataset))
    }

    @Test func learnsATinyTask() throws {
        let run = try trained(threads: 2)
        // Before it has learned anything: the loss of four equally likely classes.
        #expect(abs(run.losses[0] - 1.386) < 0.25)
        #expect(run.losses.suffix(5).reduce(0, +) / 5 < 0.6)
        #expect(run.test.accuracy > 0.97)
        #expect(run.test.count == 256)
    }

    @Test func threadsDoNotChangeOneBit() throws {
        let one = try trained(threads: 1)
        let three = try trained(threads: 3)
        #expect(one.parameters == three.parameters)
        #expect(one.losses == three.losses)
        #expect(try trained(threads: 1) { $0.seed = 8 }.parameters != one.parameters)
    }

    @Test func divergenceIsSaid() {
        #expect(throws: TrainingDiverged.self) {
            try trained(threads: 1) { $0.learningRate = 1e30 }
        }
    }

    /// Without gradient AdamW only shrinks: by 1 − rate·decay a step, and only where there is decay.
    @Test func decayIsForMatricesAlone() throws {
        let layout = try transformer.graph().layout
        let expected: Set = [
            "patch_embed.proj.weight", "blocks.0.attn.qkv.weight", "blocks.0.attn.proj.weight",
            "blocks.0.mlp.fc1.weight", "blocks.0.mlp.fc2.weight", "head.weight",
        ]
        #expect(Set(layout.parameters.filter(Trainer.decays).map(\.name)) == expected)
        let runs = Trainer.decayRuns(layout)
        #expect(runs.reduce(0) { $0 + $1.range.count } == layout.count)
        for parameter in layout.parameters {
            let run = try #require(runs.first { $0.range.contains(parameter.range.lowerBound) })
            #expect(run.decays == expected.contains(parameter.name))
            #expect(run.range.upperBound >= parameter.range.upperBound)
        }
    }

    @Test func normIsEuclidean() throws {
        let layout = try transformer.graph().layout
        let gradient = [Float](repeating: 0.5, count: layout.count)
        let expected = 0.5 * Double(layout.count).squareRoot()
        #expect(abs(Trainer.norm(gradient, layout, on: Team(threads: 2)) - expected) <= 1e-9 * expected)
    }

    @Test func weightsStartAsDocumented() throws {
        let layout = try transformer.graph().layout
        var parameters = [Float](repeating: .nan, count: layout.count)
        transformer.initialise(&parameters, layout: layout, seed: 3)
        for parameter in layout.parameters {
            let values = parameters[parameter.range].map { Double($0) }
            if parameter.shape.count == 1 {
                let expected = parameter.name.hasSuffix("weight") ? 1.0 : 0
                #expect(values.allSatisfy { $0 == expected }, "\(parameter.name)")
            } else if parameter.name.hasSuffix("qkv.weight") {
                // 16 inputs: deviation ¼, of which cutting at two deviations leaves 0.880.
                let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
                #expect(abs(square.squareRoot() - 0.25 * 0.880) < 0.02)
                #expect(values.allSatisfy { abs($0) <= 0.5 })
            }
        }
    }
}
