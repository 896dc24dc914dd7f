import Foundation
import Randomness
import Tensors
import Testing
import Threads

@testable import Graphs

/// Lanes on threads, as many as the test wants, in an order of its choice.
@Suite struct GradientSumTests {
    private static let elements = 5

    enum Timing: String, CaseIterable, Sendable {
        case firstLaneLast
        case reverse
        case random

        /// How long lane `lane` of `lanes` takes, in microseconds.
        func microseconds(_ lane: Int, of lanes: Int) -> Int {
            switch self {
            case .firstLaneLast: return lane == 0 ? 20_000 : 100
            case .reverse: return 300 * (lanes - lane)
            case .random:
                var stream = RandomStream(seed: 5).split("time", lane)
                return Int(abs(stream.normal()) * 1000)
            }
        }
    }

    /// A lane's gradient: numbers of very different sizes, so that another order of summing gives other bits.
    private func gradient(_ lane: Int) -> [Float] {
        var stream = RandomStream(seed: 17).split("lane", lane)
        return (0..<Self.elements).map { _ in
            let scale = pow(10, 3 * stream.normal())
            return Float(stream.normal() * scale)
        }
    }

    /// Every fifth lane, the second first, has no samples.
    private func isEmpty(_ lane: Int) -> Bool { lane % 5 == 1 }

    /// The lanes' sum in the fixed tree, one after the other.
    private func serialSum(lanes: Int) -> [Float]? {
        SummationTree(leaves: lanes).fold(
            { isEmpty($0.lowerBound) ? nil : gradient($0.lowerBound) },
            { $0.count == 1 },
            combine: { zip($0, $1).map(+) }
        )
    }

    /// Hands all lanes to `threads` threads; false where they wait for ever.
    private func run(_ sum: GradientSum, lanes: Int, threads: Int, _ timing: Timing) -> Bool {
        let meeting = Meeting(expected: threads)
        let group = DispatchGroup()
        for _ in 0..<threads {
            group.enter()
            let thread = Thread {
                while let (lane, buffer) = sum.next(team: .alone) {
                    // All threads have a lane at once, whatever the machine.
                    meeting.attend()
                    usleep(UInt32(timing.microseconds(lane, of: lanes)))
                    for (index, value) in gradient(lane).enumerated() { buffer.base[index] = value }
                    sum.finish(lane, buffer, isEmpty: isEmpty(lane))
                }
                group.leave()
            }
            thread.start()
        }
        return group.wait(timeout: .now() + 10) == .success
    }

    @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 4, 8], Timing.allCases)
    func anyTimingGivesTheBitsOfTheTree(threads: Int, timing: Timing) throws {
        for lanes in [8, 13, 16] {
            let plan = LanePlan(lanes: lanes, microBatch: 1)
            let buffers = plan.gradientBuffers(0..<lanes, inFlight: threads)
            let sum = GradientSum(root: 0..<lanes, buffers: buffers, elements: Self.elements)
            let expected = try #require(serialSum(lanes: lanes)).map(\.bitPattern)
            // The second time, with the buffers of the first.
            for _ in 0..<2 {
                sum.restart()
                try #require(run(sum, lanes: lanes, threads: threads, timing), "threads wait for ever")
                let total = try #require(sum.total(on: Team(threads: 2)))
                let found = (0..<Self.elements).map { total.base[$0].bitPattern }
                #expect(found == expected)
            }
        }
    }

    /// A rank's lanes: a node of the tree, or none.
    @Test func aNodeIsSummedLikeTheTree() throws {
        let sum = GradientSum(root: 8..<13, buffers: 5, elements: Self.elements)
        sum.restart()
        while let (lane, buffer) = sum.next(team: .alone) {
            for (index, value) in gradient(lane - 8).enumerated() { buffer.base[index] = value }
            sum.finish(lane, buffer, isEmpty: isEmpty(lane - 8))
        }
        let expected = try #require(serialSum(lanes: 5)).map(\.bitPattern)
        let total = try #require(sum.total(on: .alone))
        #expect((0..<Self.elements).map { total.base[$0].bitPattern } == expected)
        let nothing = GradientSum(root: 4..<4, buffers: 0, elements: Self.elements)
        nothing.restart()
        let isOver = nothing.next(team: .alone) == nil
        #expect(isOver)
        let isNothing = nothing.total(on: .alone) == nil
        #expect(isNothing)
    }

    /// Were it not so, the test above would say little.
    @Test(arguments: [8, 13, 16]) func anotherOrderGivesOtherBits(lanes: Int) throws {
        let full = (0..<lanes).filter { !isEmpty($0) }.map(gradient)
        let first = try #require(full.first)
        let inOrder = full.dropFirst().reduce(first) { zip($0, $1).map(+) }
        #expect(inOrder != serialSum(lanes: lanes))
    }
}
