import Checkpoints
import Foundation
import MessagePassing
import PoolSupport
import TestSupport
import Testing
import Traces

@testable import Coordination
@testable import Runs

/// Uniform, greedy and learned soups against PyTorch in float64 (Fixtures/reference_baselines.py).
@Suite struct BaselineReferenceTests {
    private static func fixture<T: Decodable>(_ name: String, _ type: T.Type = T.self) throws -> T {
        let path = try PoolFixture.file(name)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(T.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Learns alone on other data than the fixture's own.
    private func learn(_ settings: LearnSettings, data: String, into folder: String) throws -> RunMetrics {
        let inputs = try PoolFixture().inputs(data: [data])
        let worker = Worker(MemoryTransport.alone(), inputs, settings.work(inputs))
        let result = try Coordinator.run(worker) { coordinator in
            var shared = SharedFindings()
            return try SoupRun(
                coordinator,
                settings,
                folder: RunFolder(folder),
                options: [],
                version: "test"
            ).run(&shared)
        }
        return try #require(result).metrics
    }

    private func weights(_ path: String) throws -> [String: [Float]] {
        let file = try Checkpoint(path)
        var weights: [String: [Float]] = [:]
        for (name, tensor) in file.tensors {
            let count = tensor.shape.reduce(1, *)
            weights[name] = try [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
                try file.read(tensor, 0..<count, into: #require(buffer.baseAddress))
                initialised = count
            }
        }
        return weights
    }

    @Test func theUniformSoupIsTheMean() throws {
        let scratch = try TemporaryFolder()
        let fixture = try PoolFixture()
        _ = try learn(PoolFixture.settings(.uniform), data: fixture.data, into: scratch.path)
        let expected = try weights(PoolFixture.file("reference_uniform.safetensors"))
        let found = try weights(scratch.file("model.safetensors"))
        #expect(found.keys.sorted() == expected.keys.sorted())
        for (name, values) in expected {
            let difference = zip(values, try #require(found[name])).map { abs($0 - $1) }.max() ?? 0
            #expect(difference <= 1e-6, "\(name)")
        }
    }

    struct Greedy: Decodable {
        struct Case: Decodable {
            struct Score: Decodable {
                let correct: Int
                let loss: Double
            }

            struct Trial: Decodable {
                let ingredient: Int
                let correct: Int
                let loss: Double
                let taken: Bool
            }

            let data: String
            let samples: Int
            let individuals: [Score]
            let order: [Int]
            let tried: [Trial]
            let picks: [Int]
            let correct: Int
        }

        let cases: [Case]
    }

    @Test(arguments: [0, 1]) func greedyPicksWhatPyTorchPicks(index: Int) throws {
        let expected = try Self.fixture("reference_greedy.json", Greedy.self).cases[index]
        let scratch = try TemporaryFolder()
        let fixture = try PoolFixture()
        let metrics = try learn(
            PoolFixture.settings(.greedy),
            data: "\(fixture.folder)/\(expected.data)",
            into: scratch.path
        )
        #expect(metrics.heldoutAccuracy == Double(expected.correct) / Double(expected.samples))
        let reader = try TraceReader(scratch.file("trace.pb"))
        var (alone, tried): ([TraceEvaluation], [TraceEvaluation]) = ([], [])
        while let record = try reader.next() {
            guard case .evaluation(let evaluation) = record else { continue }
            if evaluation.subject == .ingredient { alone.append(evaluation) }
            if evaluation.subject == .greedy { tried.append(evaluation) }
        }
        #expect(alone.map(\.correct) == expected.individuals.map(\.correct))
        for (found, wanted) in zip(alone, expected.individuals) {
            #expect(abs(found.loss - wanted.loss) <= 1e-5 * wanted.loss)
        }
        #expect(tried.map { $0.ingredients.last } == expected.order.dropFirst().map { $0 })
        #expect(tried.map(\.correct) == expected.tried.map(\.correct))
        #expect(tried.map(\.isKept) == expected.tried.map(\.taken))
        for (found, wanted) in zip(tried, expected.tried) {
            #expect(abs(found.loss - wanted.loss) <= 1e-5 * wanted.loss)
        }
        let alpha = try CoefficientsFile(scratch.file("coefficients.json")).alpha[0]
        #expect(alpha.indices.filter { alpha[$0] != 0 } == expected.picks.sorted())
    }

    struct Learned: Decodable {
        struct Step: Decodable {
            let samples: [Int]
            let loss: Double
            let accuracy: Double
            let temperature: Double
            let alpha: [[Double]]
        }

        let groups: [String]
        let steps: [Step]
    }

    @Test(arguments: [(SoupMethod.learned, "model"), (.learnedPlus, "tensor")])
    func learnedSoupFollowsPyTorch(method: SoupMethod, name: String) throws {
        let reference = try Self.fixture("reference_learned_\(name).json", Learned.self)
        let scratch = try TemporaryFolder()
        var settings = LearnSettings(method)
        settings.folds = 1
        settings.batchSize = 64
        settings.epochs = 4
        _ = try learn(settings, data: PoolFixture().data, into: scratch.path)
        let reader = try TraceReader(scratch.file("trace.pb"))
        let header = try reader.readHeader()
        let columns = try header.groups.map { try #require(reference.groups.firstIndex(of: $0.name)) }
        var steps: [TraceStep] = []
        var footer: TraceFooter?
        var ingredients: [Int] = []
        while let record = try reader.next() {
            if case .coefficientBlock(let block) = record { ingredients = block.ingredients }
            if case .step(let step) = record { steps.append(step) }
            if case .footer(let last) = record { footer = last }
        }
        #expect(steps.count == 20 && reference.steps.count == 20)
        let start = 1.0 / Double(header.ingredients.count)
        let change = reference.steps.flatMap(\.alpha).joined().map { abs($0 - start) }.max() ?? 0
        #expect(change > 0.1)
        for (index, step) in steps.enumerated() {
            let expected = reference.steps[index]
            #expect(step.samples == expected.samples)
            #expect(abs(step.loss - expected.loss) <= 1e-5 * expected.loss, "loss of step \(index)")
            #expect(step.accuracy == expected.accuracy, "accuracy of step \(index)")
            guard index + 1 < steps.count else { continue }
            let next = steps[index + 1]
            #expect(abs(next.temperature - expected.temperature) <= 1e-5, "temperature after step \(index)")
            for (row, ingredient) in ingredients.enumerated() {
                for (group, column) in columns.enumerated() {
                    let found = next.alpha[row * columns.count + group]
                    #expect(
                        abs(found - expected.alpha[ingredient][column]) <= 1e-4 * change,
                        "step \(index), \(header.groups[group].name)"
                    )
                }
            }
        }
        let last = try #require(footer)
        let wanted = try #require(reference.steps.last)
        #expect(abs(last.temperature - wanted.temperature) <= 1e-5)
        for (ingredient, row) in wanted.alpha.enumerated() {
            for (group, column) in columns.enumerated() {
                #expect(abs(last.alpha[ingredient * columns.count + group] - row[column]) <= 1e-4 * change)
            }
        }
    }
}
