import Foundation
import Randomness
import Tensors
import Testing
import Threads

@testable import Graphs

/// Lanes on threads, as many as the test wants, in an order of its choice.
@Suite struct GradientSumTests {
    private static let elements = 5
    /// In an order of their own.
    private static let parts = [3..<5, 0..<1, 1..<3]

    /// The parts that have left, and what they were then.
    private final class Left: @unchecked Sendable {
        private(set) var parts: [Int] = []
        private(set) var bits: [UInt32] = []

        func take(_ part: Int, _ sum: UnsafeMutablePointer<Float>?) {
            parts.append(part)
            guard let sum else { return }
            bits += GradientSumTests.parts[part].map { sum[$0].bitPattern }
        }
    }

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
                    // From the first part to the last but one: the last is whole when the lane is finished.
                    for whole in 1..<Self.parts.count where !isEmpty(lane) {
                        sum.advance(lane, whole: whole, team: .alone)
                    }
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
                let left = Left()
                sum.restart(parts: Self.parts, leave: left.take)
                try #require(run(sum, lanes: lanes, threads: threads, timing), "threads wait for ever")
                let total = try #require(sum.total(on: Team(threads: 2)))
                let found = (0..<Self.elements).map { total.base[$0].bitPattern }
                #expect(found == expected)
                #expect(left.parts == Array(Self.parts.indices))
                #expect(left.bits == Self.parts.joined().map { expected[$0] })
            }
        }
    }

    /// A rank's lanes: a node of the tree, or none.
    @Test func aNodeIsSummedLikeTheTree() throws {
        let sum = GradientSum(root: 8..<13, buffers: 5, elements: Self.elements)
        sum.restart(parts: [0..<Self.elements])
        while let (lane, buffer) = sum.next(team: .alone) {
            for (index, value) in gradient(lane - 8).enumerated() { buffer.base[index] = value }
            sum.finish(lane, buffer, isEmpty: isEmpty(lane - 8))
        }
        let expected = try #require(serialSum(lanes: 5)).map(\.bitPattern)
        let total = try #require(sum.total(on: .alone))
        #expect((0..<Self.elements).map { total.base[$0].bitPattern } == expected)
        let nothing = GradientSum(root: 4..<4, buffers: 0, elements: Self.elements)
        let left = Left()
        nothing.restart(parts: Self.parts, leave: left.take)
        let isOver = nothing.next(team: .alone) == nil
        #expect(isOver)
        let isNothing = nothing.total(on: .alone) == nil
        #expect(isNothing)
        // Other ranks wait for every part.
        #expect(left.parts == Array(Self.parts.indices) && left.bits.isEmpty)
    }

    /// A part leaves when the last lane has it, while that lane is still at work on the others.
    @Test func partsLeaveAheadOfTheLastLane() throws {
        let sum = GradientSum(root: 0..<2, buffers: 2, elements: Self.elements)
        let left = Left()
        sum.restart(parts: Self.parts, leave: left.take)
        let (first, second) = (try #require(sum.next(team: .alone)), try #require(sum.next(team: .alone)))
        for lane in [first, second] { lane.buffer.elements.update(repeating: Float(lane.lane + 1)) }
        sum.advance(first.lane, whole: 2, team: .alone)
        #expect(left.parts.isEmpty)
        sum.advance(second.lane, whole: 1, team: .alone)
        #expect(left.parts == [0])
        sum.finish(first.lane, first.buffer, isEmpty: false)
        sum.advance(second.lane, whole: 2, team: .alone)
        #expect(left.parts == [0, 1])
        sum.finish(second.lane, second.buffer, isEmpty: false)
        _ = try #require(sum.total(on: .alone))
        #expect(left.parts == [0, 1, 2])
        #expect(left.bits == Array(repeating: Float(3).bitPattern, count: Self.elements))
    }

    /// Other ranks wait for every part, and get zeros.
    @Test func aFailedLaneMakesTheSumZero() throws {
        let sum = GradientSum(root: 0..<2, buffers: 2, elements: Self.elements)
        let left = Left()
        sum.restart(parts: Self.parts, leave: left.take)
        while let (lane, buffer) = sum.next(team: .alone) {
            buffer.elements.update(repeating: .nan)
            if lane == 0 { sum.fail() } else { sum.advance(lane, whole: 2, team: .alone) }
            sum.finish(lane, buffer, isEmpty: false)
        }
        _ = sum.total(on: .alone)
        #expect(left.parts == [0, 1, 2])
        #expect(left.bits == Array(repeating: 0, count: Self.elements))
    }

    /// Were it not so, the test above would say little.
    @Test(arguments: [8, 13, 16]) func anotherOrderGivesOtherBits(lanes: Int) throws {
        let full = (0..<lanes).filter { !isEmpty($0) }.map(gradient)
        let first = try #require(full.first)
        let inOrder = full.dropFirst().reduce(first) { zip($0, $1).map(+) }
        #expect(inOrder != serialSum(lanes: lanes))
    }
}
