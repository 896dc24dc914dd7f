import Foundation
import Randomness
import Tensors
import Testing
import Threads

@testable import Graphs

/// Lanes with a temperature β on the logits.
@Suite struct LaneTemperatureTests {
    private let graph: Graph
    private let parameters: [Float]
    private static let samples = 29

    init() throws {
        graph = try everyOperator()
        var stream = RandomStream(seed: 8)
        parameters = (0..<graph.layout.count).map { _ in Float(0.5 * stream.normal()) }
    }

    private var source: RandomSamples { RandomSamples(graph: graph, count: Self.samples) }

    private func gradient(
        _ temperature: Double?,
        node: Range<Int> = 0..<8,
        threads: Int = 1,
        meeting: Meeting = Meeting(expected: 1)
    ) throws -> (gradient: [Float]?, losses: [LossSum]) {
        let plan = LanePlan(lanes: 8, microBatch: 2)
        let executor = LaneExecutor(
            graph,
            plan: plan,
            node: node,
            team: Team(threads: threads),
            inFlight: threads
        )
        let source = MeetingSamples(samples: self.source, meeting: meeting)
        let found =
            if let temperature {
                try executor.gradient(source, parameters: parameters, temperature: temperature)
            } else {
                try executor.gradient(source, parameters: parameters)
            }
        let values = found.gradient.map { Array(UnsafeBufferPointer(start: $0, count: graph.layout.count)) }
        return (values, found.losses)
    }

    private func evaluate(_ temperature: Double) throws -> LossSum {
        let plan = LanePlan(lanes: 8, microBatch: 3)
        let executor = LaneExecutor(graph, plan: plan, node: 0..<8, team: Team(threads: 2), training: false)
        let parts = 0..<executor.microBatchCount(of: Self.samples)
        return try executor.evaluate(
            source,
            microBatches: parts,
            parameters: parameters,
            temperature: temperature
        ).reduce(.zero, +)
    }

    /// The logits of every sample, one sample at a time.
    private func logits() -> [[Double]] {
        let executor = Executor<Float>(graph, capacity: 1, training: false)
        return (0..<Self.samples).map { sample in
            source.fill(
                sample..<(sample + 1),
                images: executor.images(batch: 1, training: false),
                targets: executor.targets
            )
            let logits = executor.forward(batch: 1, parameters: parameters)
            return (0..<graph.classes).map { Double(logits[$0]) }
        }
    }

    /// Mean loss log Σ e^βz − β·z[y] and mean slope ⟨p − y, z⟩, in double.
    private func closedForm(_ temperature: Double) -> (loss: Double, slope: Double) {
        var (loss, slope) = (0.0, 0.0)
        for (sample, z) in logits().enumerated() {
            let powers = z.map { exp(temperature * $0) }
            let sum = powers.reduce(0, +)
            let own = z[source.label(sample)]
            loss += log(sum) - temperature * own
            slope += zip(powers, z).map { $0 / sum * $1 }.reduce(0, +) - own
        }
        return (loss / Double(Self.samples), slope / Double(Self.samples))
    }

    @Test(arguments: [0.5, 1, 3]) func lossAndSlopeHaveTheirClosedForms(temperature: Double) throws {
        let expected = closedForm(temperature)
        let total = try gradient(temperature).losses.reduce(.zero, +)
        #expect(abs(total.meanLoss - expected.loss) <= 1e-5 * expected.loss)
        #expect(abs(total.temperatureSlope - expected.slope) <= 1e-6 + 1e-5 * abs(expected.slope))
        let evaluated = try evaluate(temperature)
        #expect(abs(evaluated.meanLoss - expected.loss) <= 1e-5 * expected.loss)
        #expect(evaluated.temperatureSlope == 0)
        #expect(evaluated.correct == total.correct)
    }

    @Test func withoutOneItIsOne() throws {
        let (plain, one) = (try gradient(nil), try gradient(1))
        #expect(plain.gradient == one.gradient)
        #expect(plain.losses == one.losses)
        #expect(try gradient(1.5).gradient != one.gradient)
    }

    @Test(arguments: [1, 2, 3, 8]) func threadsDoNotChangeOneBit(threads: Int) throws {
        let alone = try gradient(1.3)
        let meeting = Meeting(expected: threads)
        let found = try gradient(1.3, threads: threads, meeting: meeting)
        #expect(meeting.isComplete)
        #expect(found.gradient == alone.gradient)
        #expect(found.losses == alone.losses)
        #expect(Set(alone.losses.map(\.temperatureSlope)).count == 8)
    }

    @Test(arguments: [2, 3, 5]) func ranksInOrderHaveTheSameSlopes(ranks: Int) throws {
        let shares = SummationTree(leaves: 8).shares(ranks: ranks)
        let losses = try shares.flatMap { try gradient(1.3, node: $0, threads: 2).losses }
        #expect(try losses == gradient(1.3).losses)
    }
}
