import Checkpoints
import Diagnostics
import Foundation
import Graphs
import MessagePassing
import PoolSupport
import Soups
import TestSupport
import Testing
import Traces

@testable import Coordination
@testable import Runs

/// The first look at a pool.
@Suite struct LookTests {
    private func look(ranks: Int = 1, images: Int = 320, threads: Int = 1) throws -> PoolLook {
        let fixture = try PoolFixture()
        let outcomes = MemoryTransport.run(ranks: ranks) { transport in
            let inputs = try RunInputs.open(models: fixture.models, datasets: [fixture.data], on: transport)
            var settings = PoolFixture.settings()
            settings.look = images
            settings.threads = threads
            let worker = Worker(transport, inputs, settings.work(inputs))
            return try Coordinator.run(worker) { try PoolLooker($0).look() }
        }
        return try #require(try outcomes[0].get())
    }

    /// Scores are those of `evaluate`, distances those of the weights read one by one.
    @Test func itSaysWhatEachIngredientDoesByItself() throws {
        let look = try look()
        let inputs = try PoolFixture().inputs()
        let weights = try inputs.pool.ingredients.indices.map { index in
            var values = [Float](repeating: 0, count: inputs.layout.count)
            try inputs.pool.read(index, 0..<values.count, of: inputs.layout, into: &values)
            return values.map(Double.init)
        }
        let mean = weights[0].indices.map { place in
            weights.reduce(0) { $0 + $1[place] } / Double(weights.count)
        }
        for (index, found) in look.ingredients.enumerated() {
            let single = try PoolFixture().inputs([inputs.pool.ingredients[index].path])
            let worker = Worker(MemoryTransport.alone(), single, WorkSettings(single, threads: 1))
            let alone = try Coordinator.run(worker) { coordinator in
                _ = try coordinator.mix(CoefficientMatrix(rows: 1, columns: 1, repeating: 1))
                return try coordinator.evaluate(0)
            }
            #expect(found.correct == alone?.correct && found.samples == 320)
            #expect(abs(found.loss - (alone?.meanLoss ?? .nan)) <= 1e-6)
            let distance = zip(weights[index], mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            // The mean that the look compares with is rounded to float32.
            #expect(abs((found.distance ?? .nan) - distance.squareRoot()) <= 1e-5 * distance.squareRoot())
        }
        let norm = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(look.normOfMean - norm) <= 1e-6 * norm)
        #expect(look.ingredients[look.best].correct == look.ingredients.map(\.correct).max())
        #expect(!look.origin.isMissing)
    }

    @Test(arguments: [2, 3, 5]) func ranksAndThreadsChangeNoBit(ranks: Int) throws {
        let (alone, together) = (try look(images: 100), try look(ranks: ranks, images: 100, threads: 2))
        #expect(alone.evaluations == together.evaluations)
        #expect(alone.normOfMean == together.normOfMean && alone.origin == together.origin)
    }

    /// Samples that lie class after class, or in turn, are taken evenly over the classes.
    @Test func theSampleIsEvenOverTheClasses() throws {
        let fixture = try PoolFixture()
        let inputs = try fixture.inputs()
        var settings = PoolFixture.settings()
        settings.look = 100
        let parts = HeldOutParts(inputs, settings.work(inputs))
        let labels = inputs.datasets[0].labels
        let sample = parts.samples(.look)
        #expect(sample.count == 100 && Set(sample).count == 100)
        let all = Dictionary(grouping: labels.indices) { labels[$0] }.mapValues(\.count)
        for (label, chosen) in Dictionary(grouping: sample, by: { labels[$0] }) {
            let share = Double(all[label] ?? 0) * 100 / Double(labels.count)
            #expect(abs(Double(chosen.count) - share) <= 1)
        }
    }

    @Test func everyRunTellsItInTraceAndMetrics() throws {
        let folder = try TemporaryFolder()
        var settings = PoolFixture.settings()
        settings.look = 100
        let metrics = try #require(try learn(ranks: 2, settings, into: folder.path)[0].get())
        let table = try #require(metrics.look)
        #expect(table.samples == 100 && table.heldoutSamples == 320 && table.ingredients.count == 6)
        let reader = try TraceReader(folder.file("trace.pb"))
        var traced: [TraceEvaluation] = []
        while let record = try reader.next() {
            if case .evaluation(let found) = record, found.part == .look { traced.append(found) }
        }
        #expect(traced.map(\.subject) == [.mean] + Array(repeating: .ingredient, count: 6))
        for (found, row) in zip(traced.dropFirst(), table.ingredients) {
            #expect(found.accuracy == row.score.accuracy && found.distance == row.distance)
            #expect(row.score.low < found.accuracy && found.accuracy < row.score.high)
        }
        #expect(metrics.best?.name == table.ingredients[table.best].name)
        let json = try JSONSerialization.jsonObject(with: Data(try folder.bytes("metrics.json")))
        let best = (json as? [String: Any])?["best"] as? [String: Any]
        #expect(best?["heldout_accuracy"] as? Double == metrics.best?.heldoutAccuracy)
    }

    /// What ruins the soup is not written: the start is, and the report says so.
    @Test func whatLearningMadeWorseIsNotWritten() throws {
        let folder = try TemporaryFolder()
        var settings = PoolFixture.settings()
        settings.learningRate = 1e3
        settings.directions = .full
        let metrics = try #require(try learn(ranks: 1, settings, into: folder.path)[0].get())
        #expect(metrics.written == "start")
        #expect(metrics.findings.contains { $0.severity == .warning && $0.text.contains("made it worse") })
        let alpha = try CoefficientsFile(folder.file("coefficients.json")).alpha
        #expect(alpha.joined().allSatisfy { abs($0 - 1.0 / 6) <= 1e-15 })
    }
}
