import Checkpoints
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

/// Every method on the small pool, alone and on several ranks.
@Suite struct MethodTests {
    static let files = ["trace.pb", "coefficients.json", "model.safetensors"]

    @Test(arguments: SoupMethod.allCases) func ranksChangeNoByte(method: SoupMethod) throws {
        let (alone, together) = (try TemporaryFolder(), try TemporaryFolder())
        var settings = PoolFixture.settings(method)
        settings.monitor = method.learns ? 0.25 : 0
        settings.start = .greedy
        settings.folds = 2
        let first = try #require(try learn(ranks: 1, settings, into: alone.path)[0].get())
        settings.threads = 2
        let second = try #require(try learn(ranks: 4, settings, into: together.path)[0].get())
        for file in Self.files { #expect(try alone.bytes(file) == together.bytes(file), "\(file)") }
        #expect(first.heldoutAccuracy == second.heldoutAccuracy && first.findings == second.findings)
        let soup = try CoefficientsFile(alone.file("coefficients.json"))
        for sum in soup.sums { #expect(abs(sum - 1) <= 1e-9) }
        #expect(soup.temperature == first.temperature)
        #expect(first.temperature == 1 || method == .learned || method == .learnedPlus)
        #expect((first.monitorSamples != nil) == method.learns)
    }

    /// What `best` takes is the maximum of the ingredients' accuracies, each measured by `evaluate`'s own path.
    @Test func theBestIngredientIsTheMostAccurate() throws {
        let scratch = try TemporaryFolder()
        let metrics = try #require(
            try learn(ranks: 2, PoolFixture.settings(.best), into: scratch.path)[0].get()
        )
        let fixture = try PoolFixture()
        let inputs = try fixture.inputs()
        let accuracies = try (0..<inputs.pool.count).map { index in
            let single = try fixture.inputs([inputs.pool.ingredients[index].path])
            let worker = Worker(MemoryTransport.alone(), single, WorkSettings(single, threads: 1))
            return try #require(
                try Coordinator.run(worker) { coordinator in
                    _ = try coordinator.mix(CoefficientMatrix(rows: 1, columns: 1, repeating: 1))
                    return try coordinator.evaluate(0).accuracy
                }
            )
        }
        #expect(metrics.heldoutAccuracy == accuracies.max())
        let alpha = try CoefficientsFile(scratch.file("coefficients.json")).alpha[0]
        #expect(alpha.firstIndex(of: 1) == accuracies.firstIndex(of: try #require(accuracies.max())))
        #expect(alpha.reduce(0, +) == 1)
    }

    @Test func theMonitorIsNeverLearnedOn() throws {
        let scratch = try TemporaryFolder()
        var settings = PoolFixture.settings()
        settings.monitor = 0.25
        _ = try learn(ranks: 1, settings, into: scratch.path)[0].get()
        let reader = try TraceReader(scratch.file("trace.pb"))
        var seen: Set<Int> = []
        var looks: [TraceEvaluation] = []
        while let record = try reader.next() {
            if case .step(let step) = record { seen.formUnion(step.samples) }
            if case .evaluation(let found) = record, found.part == .monitor { looks.append(found) }
        }
        let count = try PoolFixture().inputs().datasets[0].count
        let monitor = try #require(looks.first).samples
        #expect(monitor == count / 4)
        #expect(seen.count == count - monitor)
        #expect(looks.contains { $0.isKept && $0.subject == .iterate })
    }

    /// With a learning rate that ruins the soup, the guard writes what the monitor prefers, and says so.
    @Test(arguments: [false, true]) func theGuardWritesTheBetterOne(guards: Bool) throws {
        let scratch = try TemporaryFolder()
        var settings = PoolFixture.settings(.learned)
        settings.monitor = 0.5
        settings.guards = guards
        let metrics = try #require(try learn(ranks: 1, settings, into: scratch.path)[0].get())
        let beaten = metrics.findings.contains { $0.severity == .warning }
        if guards && beaten {
            #expect(metrics.written != "learned")
            #expect(metrics.findings.contains { $0.text.contains("--guard") })
        } else {
            #expect(metrics.written == "learned")
        }
    }
}
