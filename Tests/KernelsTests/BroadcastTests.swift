import Testing
import Threads

@testable import Kernels

/// Sums and products of arrays of different shapes, against plain loops over all indices.
@Suite struct BroadcastTests {
    /// Shapes of a sample, and whether there is one array for all samples.
    struct Case: Sendable, CustomTestStringConvertible {
        let left: [Int]
        let right: [Int]
        var samples = 1
        var leftRepeats = false
        var rightRepeats = false

        var testDescription: String { "\(left) \(right) samples=\(samples) \(leftRepeats) \(rightRepeats)" }
    }

    static let cases = [
        Case(left: [4, 3], right: [4, 3], samples: 2),
        Case(left: [4, 3], right: [3], samples: 2, rightRepeats: true),
        Case(left: [4, 300], right: [300], samples: 3, rightRepeats: true),
        Case(left: [4, 3], right: [4, 1], samples: 2),
        Case(left: [5, 1, 3], right: [4, 1], samples: 2, rightRepeats: true),
        Case(left: [1], right: [2, 3], samples: 3, leftRepeats: true),
        Case(left: [3], right: [2, 3], samples: 3, leftRepeats: true),
        Case(left: [], right: [70, 300]),
        Case(left: [2, 1, 7, 1], right: [3, 1, 5], samples: 2),
        Case(left: [1, 1], right: [1], samples: 1),
    ]

    /// Every element of the result with the elements that it is made of.
    private static func elements(_ shapes: Case) -> [(left: Int, right: Int)] {
        let shape = Broadcast.shape(shapes.left, shapes.right) ?? []
        func place(_ index: [Int], _ own: [Int]) -> Int {
            zip(index.suffix(own.count), own).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : $1.0) }
        }
        return (0..<shapes.samples).flatMap { sample in
            (0..<shape.reduce(1, *)).map { element in
                var (rest, index) = (element, [Int]())
                for size in shape.reversed() {
                    index.insert(rest % size, at: 0)
                    rest /= size
                }
                func start(_ own: [Int], _ repeats: Bool) -> Int { repeats ? 0 : sample * own.reduce(1, *) }
                return (
                    start(shapes.left, shapes.leftRepeats) + place(index, shapes.left),
                    start(shapes.right, shapes.rightRepeats) + place(index, shapes.right)
                )
            }
        }
    }

    private static func count(_ shape: [Int], _ samples: Int, _ repeats: Bool) -> Int {
        shape.reduce(1, *) * (repeats ? 1 : samples)
    }

    @Test(arguments: cases) func agreesWithPlainLoops(shapes: Case) {
        let broadcast = Broadcast(
            shapes.left,
            shapes.right,
            samples: shapes.samples,
            leftRepeats: shapes.leftRepeats,
            rightRepeats: shapes.rightRepeats
        )
        let left = normals(Self.count(shapes.left, shapes.samples, shapes.leftRepeats), seed: 1)
        let right = normals(Self.count(shapes.right, shapes.samples, shapes.rightRepeats), seed: 2)
        let elements = Self.elements(shapes)
        let dOutput = normals(elements.count, seed: 3)
        var output = [Double](repeating: .nan, count: elements.count)
        addForward(on: .alone, broadcast, left, factor: -1, right, into: &output)
        #expect(output == elements.map { left[$0.left] - right[$0.right] })
        multiplyForward(on: .alone, broadcast, left, right, into: &output)
        #expect(output == elements.map { left[$0.left] * right[$0.right] })
        for isLeft in [true, false] {
            for adding in [true, false] {
                let count = isLeft ? left.count : right.count
                let start: Double = adding ? 4 : 0
                var product = [Double](repeating: start, count: count)
                var sum = product
                for (element, slope) in zip(elements, dOutput) {
                    let (own, other) =
                        isLeft ? (element.left, right[element.right]) : (element.right, left[element.left])
                    product[own] += slope * other
                    sum[own] -= slope
                }
                var found = [Double](repeating: adding ? 4 : .nan, count: count)
                broadcastBackward(
                    on: .alone,
                    broadcast,
                    isLeft: isLeft,
                    other: isLeft ? right : left,
                    dOutput: dOutput,
                    dInput: &found,
                    adding: adding
                )
                expectClose(found, product)
                found = [Double](repeating: adding ? 4 : .nan, count: count)
                broadcastBackward(
                    on: .alone,
                    broadcast,
                    isLeft: isLeft,
                    other: nil,
                    factor: -1,
                    dOutput: dOutput,
                    dInput: &found,
                    adding: adding
                )
                expectClose(found, sum)
            }
        }
    }

    private func expectClose(_ found: [Double], _ expected: [Double]) {
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-11 * (1 + abs(b))) }
    }

    /// The same bits on any number of threads, of float32 sums over many rows.
    @Test func threadsMakeNoDifference() {
        let rows = 700
        let broadcast = Broadcast([rows, 300], [300], samples: 2, leftRepeats: false, rightRepeats: true)
        let left = normals(2 * rows * 300, seed: 4).map(Float.init)
        let dOutput = normals(2 * rows * 300, seed: 5).map(Float.init)
        let found = [1, 2, 3, 16].map { threads in
            var gradient = [Float](repeating: .nan, count: 300)
            broadcastBackward(
                on: Team(threads: threads),
                broadcast,
                isLeft: false,
                other: left,
                dOutput: dOutput,
                dInput: &gradient,
                adding: false
            )
            return gradient
        }
        for other in found.dropFirst() { #expect(other == found[0]) }
        #expect(!found[0].contains { !$0.isFinite })
    }

    @Test func shapesThatDoNotGoTogether() {
        #expect(Broadcast.shape([2, 3], [3, 2]) == nil)
        #expect(Broadcast.shape([2, 1], [3]) == [2, 3])
        #expect(Broadcast.shape([], [3]) == [3])
    }
}

/// Parts and orders of arrays, against plain loops.
@Suite struct RearrangementTests {
    @Test func slicesAndOrders() {
        let whole = Rearrangement([3, 4, 5])
        let found = whole.permuted([2, 0, 1]).sliced(0, 1..<4).sliced(2, 2..<4)
        #expect(found.shape == [3, 3, 2])
        let input = (0..<120).map(Double.init)
        var output = [Double](repeating: .nan, count: 36)
        rearrange(on: .alone, found, samples: 2, input, into: &output)
        var expected: [Double] = []
        for sample in 0..<2 {
            for c in 1..<4 {
                for a in 0..<3 {
                    for b in 2..<4 { expected.append(Double(sample * 60 + a * 20 + b * 5 + c)) }
                }
            }
        }
        #expect(output == expected)
        for (adding, start) in [(false, Double.nan), (true, 1000)] {
            var back = [Double](repeating: start, count: 120)
            rearrangeBack(on: .alone, found, samples: 2, output, into: &back, adding: adding)
            let chosen = Set(expected)
            for (index, value) in back.enumerated() {
                let own = chosen.contains(Double(index)) ? Double(index) : 0
                #expect(value == own + (adding ? 1000 : 0))
            }
        }
    }
}
