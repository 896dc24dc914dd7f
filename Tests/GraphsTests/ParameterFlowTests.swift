import Randomness
import Synchronization
import Tensors
import Testing
import Threads

@testable import Graphs

/// Parameters that come, and gradients that go, in parts, while lanes are at work.
@Suite struct ParameterFlowTests {
    private let graph: Graph
    private let parameters: [Float]
    private let parts: [Range<Int>]

    init() throws {
        let graph = try everyOperator()
        var stream = RandomStream(seed: 8)
        parameters = (0..<graph.layout.count).map { _ in Float(0.5 * stream.normal()) }
        self.graph = graph
        // One parameter each, but for the second, which is cut, and the last two.
        let ranges = graph.layout.parameters.map(\.range)
        let cut = (ranges[1].lowerBound + ranges[1].upperBound) / 2
        parts =
            [ranges[0], ranges[1].lowerBound..<cut, cut..<ranges[1].upperBound] + ranges[2..<ranges.count - 2]
            + [ranges[ranges.count - 2].lowerBound..<graph.layout.count]
    }

    private func executor(threads: Int, inFlight: Int?, node: Range<Int> = 0..<8) -> LaneExecutor {
        LaneExecutor(
            graph,
            plan: LanePlan(lanes: 8, microBatch: 2),
            node: node,
            team: Team(threads: threads),
            inFlight: inFlight
        )
    }

    private func bits(_ values: UnsafePointer<Float>, _ range: Range<Int>) -> [UInt32] {
        range.map { values[$0].bitPattern }
    }

    @Test func theScheduleFollowsTheOperators() {
        let schedule = ParameterSchedule(graph, parts: parts)
        #expect(schedule.order.sorted() == Array(parts.indices))
        for (index, operation) in graph.operators.enumerated() {
            let read = operation.inputs.compactMap(graph.elements)
            let there = schedule.elements[..<schedule.read[index]]
            let whole = schedule.elements.suffix(schedule.whole[index])
            for range in read {
                #expect(parts.filter { $0.overlaps(range) }.allSatisfy(there.contains))
            }
            // What an operator further up reads has not its whole gradient yet.
            for range in graph.operators[..<index].flatMap(\.inputs).compactMap(graph.elements) {
                #expect(!whole.contains { $0.overlaps(range) })
            }
        }
        #expect(schedule.read.last == parts.count && schedule.whole.first == parts.count)
    }

    @Test(arguments: [(1, 1), (2, 2), (7, 3), (8, 8)])
    func partsComeAndGoWithoutChangingOneBit(threads: Int, inFlight: Int) throws {
        let source = RandomSamples(graph: graph, count: 37)
        let reference = executor(threads: 1, inFlight: nil)
        let whole = try reference.gradient(source, parameters: parameters)
        let expected = bits(try #require(whole.gradient), 0..<graph.layout.count)

        let schedule = ParameterSchedule(graph, parts: parts)
        let arriving = Arriving(parameters, schedule.elements)
        var left: [Int] = []
        let flow = ParameterFlow(schedule, wait: arriving.wait) { part, gradient in
            left.append(part)
            guard let gradient else {
                Issue.record("no gradient of part \(part)")
                return
            }
            #expect(bits(gradient, parts[part]) == parts[part].map { expected[$0] }, "part \(part)")
        }
        let executor = executor(threads: threads, inFlight: inFlight)
        let found = try executor.gradient(source, parameters: arriving.buffer.base, flow: flow)
        #expect(left == schedule.order.reversed())
        #expect(found.losses == whole.losses)
        #expect(bits(try #require(found.gradient), 0..<graph.layout.count) == expected)
    }

    /// Whatever fails, other ranks wait for every part.
    @Test func allPartsGoWhereALaneFails() throws {
        let schedule = ParameterSchedule(graph, parts: parts)
        let executor = executor(threads: 2, inFlight: 2)
        var left: [Int] = []
        let flow = ParameterFlow(schedule) { _ in
        } leave: { part, gradient in
            left.append(part)
            #expect(gradient.map { bits($0, parts[part]).allSatisfy { $0 == 0 } } == true)
        }
        #expect(throws: BrokenSamples.Problem.self) {
            let source = BrokenSamples(samples: RandomSamples(graph: graph, count: 37))
            _ = try executor.gradient(source, parameters: parameters, flow: flow)
        }
        #expect(left == schedule.order.reversed())
    }

    @Test func allPartsGoWhereThereIsNoLane() throws {
        let schedule = ParameterSchedule(graph, parts: parts)
        var left: [Int] = []
        let flow = ParameterFlow(schedule) { _ in
        } leave: { part, gradient in
            left.append(part)
            #expect(gradient == nil)
        }
        for (node, samples) in [(8..<8, 37), (0..<2, 0)] {
            left = []
            let source = RandomSamples(graph: graph, count: samples)
            let executor = executor(threads: 2, inFlight: nil, node: node)
            _ = try executor.gradient(source, parameters: parameters, flow: flow)
            #expect(left == schedule.order.reversed())
        }
    }
}

/// Parameters that are no numbers until somebody waits for them.
private final class Arriving: Sendable {
    let buffer: AlignedBuffer<Float>
    private let parameters: [Float]
    private let parts: [Range<Int>]
    private let there = Mutex(0)

    init(_ parameters: [Float], _ parts: [Range<Int>]) {
        self.parameters = parameters
        self.parts = parts
        buffer = AlignedBuffer(count: parameters.count)
        buffer.elements.update(repeating: .nan)
    }

    func wait(for count: Int) {
        there.withLock { there in
            while there < count {
                for index in parts[there] { buffer.base[index] = parameters[index] }
                there += 1
            }
        }
    }
}

/// Samples of which one cannot be read.
private struct BrokenSamples: SampleSource {
    struct Problem: Error {}

    let samples: RandomSamples

    var count: Int { samples.count }

    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) throws {
        if positions.contains(30) { throw Problem() }
        samples.fill(positions, images: images, targets: targets)
    }

    func label(_ position: Int) -> Int { samples.label(position) }
}
