import Kernels
import Randomness
import Tensors
import Testing
import Threads

@testable import Graphs

/// Random images, a label each.
struct RandomSamples: SampleSource {
    let graph: Graph
    let count: Int

    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) {
        let elements = graph[graph.images].count
        for (row, position) in positions.enumerated() {
            var stream = RandomStream(seed: 3).split("sample", position)
            for element in 0..<elements { images[row * elements + element] = Float(stream.normal()) }
            targets[row * graph.classes + label(position)] = 1
        }
    }

    func label(_ position: Int) -> Int { position % graph.classes }
}

/// The same, where each thread holds its first samples until `threads` have some.
struct MeetingSamples: SampleSource {
    let samples: RandomSamples
    let meeting: Meeting

    var count: Int { samples.count }

    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) {
        meeting.attend()
        samples.fill(positions, images: images, targets: targets)
    }

    func label(_ position: Int) -> Int { samples.label(position) }
}

@Suite struct LaneTests {
    private let graph: Graph
    private let parameters: [Float]

    init() throws {
        graph = try everyOperator()
        var stream = RandomStream(seed: 8)
        parameters = (0..<graph.layout.count).map { _ in Float(0.5 * stream.normal()) }
    }

    private func gradient(
        lanes: Int,
        node: Range<Int>? = nil,
        threads: Int,
        inFlight: Int? = nil,
        samples: Int,
        microBatch: Int = 2,
        meeting: Meeting = Meeting(expected: 1)
    ) throws
        -> (gradient: [Float]?, losses: [LossSum])
    {
        let plan = LanePlan(lanes: lanes, microBatch: microBatch)
        let executor = LaneExecutor(
            graph,
            plan: plan,
            node: node ?? 0..<lanes,
            team: Team(threads: threads),
            inFlight: inFlight
        )
        let result = try executor.gradient(
            MeetingSamples(samples: RandomSamples(graph: graph, count: samples), meeting: meeting),
            parameters: parameters
        )
        let values = result.gradient.map { Array(UnsafeBufferPointer(start: $0, count: graph.layout.count)) }
        return (values, result.losses)
    }

    @Test(arguments: [1, 2, 3, 8]) func threadsDoNotChangeOneBit(threads: Int) throws {
        let alone = try gradient(lanes: 8, threads: 1, samples: 37)
        for _ in 0..<5 {
            let meeting = Meeting(expected: threads)
            let found = try gradient(
                lanes: 8,
                threads: threads,
                inFlight: threads,
                samples: 37,
                meeting: meeting
            )
            #expect(meeting.isComplete)
            #expect(found.gradient == alone.gradient)
            #expect(found.losses == alone.losses)
        }
    }

    @Test(arguments: [2, 3, 7, 16, 64], [1, 2, 8]) func teamsDoNotChangeOneBit(
        threads: Int,
        inFlight: Int
    ) throws {
        let alone = try gradient(lanes: 8, threads: 1, samples: 37)
        let found = try gradient(lanes: 8, threads: threads, inFlight: inFlight, samples: 37)
        #expect(found.gradient == alone.gradient)
        #expect(found.losses == alone.losses)
    }

    /// Threads, lanes of a rank, lanes in flight.
    @Test(arguments: [
        (1, 8, 1), (2, 8, 2), (3, 8, 3), (7, 8, 2), (8, 8, 8), (12, 8, 4), (16, 8, 8), (64, 8, 8), (64, 1, 1),
        (8, 1, 1), (6, 2, 2), (4, 0, 1),
    ])
    func lanesInFlightKeepThreadsAtWork(_ given: (threads: Int, lanes: Int, inFlight: Int)) {
        #expect(LanePlan.lanesInFlight(of: given.lanes, threads: given.threads) == given.inFlight)
    }

    /// Fewer lanes in flight, each with more threads, where there is no memory for the gradients of all.
    @Test func lanesInFlightFitMemory() {
        let plan = LanePlan(lanes: 8, microBatch: 4)
        func bytes(_ inFlight: Int) -> Int {
            plan.byteCount(graph, 0..<8, inFlight: inFlight, training: true)
        }
        for (memory, expected) in [(Int.max, 8), (bytes(8), 8), (bytes(8) - 1, 4), (bytes(3), 3), (0, 1)] {
            let executor = LaneExecutor(
                graph,
                plan: plan,
                node: 0..<8,
                team: Team(threads: 16),
                memory: memory
            )
            #expect(executor.inFlight == expected)
            // Beside them, where there is room, what the other threads evaluate in.
            let taken = executor.activationBytes + executor.gradientBytes
            #expect(taken >= bytes(expected) && taken <= max(memory, bytes(1)))
            #expect(memory < .max || taken > bytes(expected))
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 8]) func ranksSummedInTheTreeDoNotChangeOneBit(ranks: Int) throws {
        let tree = SummationTree(leaves: 8)
        let shares = tree.shares(ranks: ranks)
        var partials: [Range<Int>: [Float]?] = [:]
        for share in shares {
            partials[share] = try gradient(lanes: 8, node: share, threads: 2, samples: 29).gradient
        }
        let total = tree.fold(
            { partials[$0] ?? nil },
            { partials.keys.contains($0) },
            combine: { zip($0, $1).map(+) }
        )
        #expect(try total == gradient(lanes: 8, threads: 1, samples: 29).gradient)
    }

    @Test func lanesWithoutSamplesAddNothing() throws {
        let few = try gradient(lanes: 8, threads: 2, samples: 3)
        let reference = try gradient(lanes: 1, threads: 1, samples: 3, microBatch: 3)
        let (found, expected) = (try #require(few.gradient), try #require(reference.gradient))
        for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-6 + 1e-5 * abs(b)) }
        #expect(few.losses.map(\.count).reduce(0, +) == 3)
        #expect(try gradient(lanes: 8, node: 0..<2, threads: 1, samples: 0).gradient == nil)
    }

    @Test(arguments: [(1, 4), (2, 4), (3, 5), (4, 5), (5, 6), (8, 8), (64, 8)])
    func lanesInFlightAndTheSumsThatWaitHaveABuffer(inFlight: Int, buffers: Int) {
        #expect(LanePlan(lanes: 8, microBatch: 1).gradientBuffers(0..<8, inFlight: inFlight) == buffers)
    }

    @Test func buffersSufficeForAnyTiming() throws {
        for lanes in 1...17 {
            let plan = LanePlan(lanes: lanes, microBatch: 1)
            for threads in 1...4 {
                #expect(plan.gradientBuffers(0..<lanes, inFlight: threads) <= lanes)
                // Looked at, too: Swift 6.3.1 frees an array that nobody reads before it fills it.
                let found = try gradient(lanes: lanes, threads: threads, samples: 2 * lanes)
                #expect(found.gradient?.allSatisfy(\.isFinite) == true)
                #expect(found.losses.map(\.count).reduce(0, +) == 2 * lanes)
            }
        }
    }

    /// With lanes of their own, with those that learn, and with those and a few more.
    @Test(arguments: [(2, false), (2, true), (7, true), (16, true)]) func evaluationCountsEverySampleOnce(
        threads: Int,
        training: Bool
    ) throws {
        let plan = LanePlan(lanes: 4, microBatch: 3)
        let team = Team(threads: threads)
        let executor = LaneExecutor(graph, plan: plan, node: 0..<4, team: team, training: training)
        let source = RandomSamples(graph: graph, count: 10)
        let parts = try executor.evaluate(
            source,
            microBatches: 0..<executor.microBatchCount(of: 10),
            parameters: parameters
        )
        #expect(parts.map(\.count) == [3, 3, 3, 1])
        let trained = try gradient(lanes: 1, threads: 1, samples: 10).losses.reduce(.zero, +)
        let total = parts.reduce(.zero, +)
        #expect(abs(total.loss - trained.loss) <= 1e-5 * trained.loss)
        #expect(total.correct == trained.correct)
    }
}
