import Kernels
import Randomness
import Tensors
import Testing
import Threads

@testable import Graphs

/// Gradients with products in bfloat16, of a graph whose operators have several tiles.
@Suite(.enabled(if: BFloat16Products.isAvailable, "oneDNN has products in bfloat16 here"))
struct PrecisionTests {
    private let graph: Graph
    private let parameters: AlignedBuffer<Float>
    private let rounded: AlignedBuffer<UInt16>

    init() throws {
        graph = try everyOperator(width: 72, side: 5)
        var stream = RandomStream(seed: 8)
        parameters = AlignedBuffer(count: graph.layout.count)
        rounded = AlignedBuffer(count: graph.layout.count)
        for parameter in graph.layout.parameters {
            let spread = 1 / Double(parameter.shape.last ?? 1).squareRoot()
            for index in parameter.range { parameters.base[index] = Float(spread * stream.normal()) }
        }
        roundToBFloat16(count: parameters.count, parameters.base, into: rounded.base)
    }

    private func gradient(threads: Int, inFlight: Int, precision: Precision) throws -> [Float] {
        let executor = LaneExecutor(
            graph,
            plan: LanePlan(lanes: 4, microBatch: 3),
            node: 0..<4,
            team: Team(threads: threads),
            inFlight: inFlight,
            precision: precision
        )
        let (gradient, losses) = try executor.gradient(
            RandomSamples(graph: graph, count: 20),
            parameters: parameters.base,
            rounded: precision == .bf16 ? rounded.base : nil
        )
        #expect(losses.map(\.count).reduce(0, +) == 20)
        return Array(UnsafeBufferPointer(start: try #require(gradient), count: graph.layout.count))
    }

    @Test(arguments: [(2, 2), (3, 1), (7, 2), (16, 4)]) func threadsChangeNoBit(threads: Int, inFlight: Int)
        throws
    {
        let alone = try gradient(threads: 1, inFlight: 1, precision: .bf16)
        #expect(try gradient(threads: threads, inFlight: inFlight, precision: .bf16) == alone)
    }

    /// A factor is off by at most 2⁻⁹ of itself; through this graph a tensor's gradient is then off by some of these.
    @Test func isTheGradientToARoundingOrTwo() throws {
        let exact = try gradient(threads: 1, inFlight: 1, precision: .f32)
        let found = try gradient(threads: 1, inFlight: 1, precision: .bf16)
        func norm(_ values: [Double]) -> Double { values.map { $0 * $0 }.reduce(0, +).squareRoot() }
        for parameter in graph.layout.parameters {
            let expected = exact[parameter.range].map(Double.init)
            let error = zip(found[parameter.range], expected).map { Double($0) - $1 }
            // Keys' biases have no gradient but for rounding.
            guard norm(expected) > 1e-4 else { continue }
            #expect(
                norm(error) <= 0.02 * norm(expected),
                "\(parameter.name): \(norm(error) / norm(expected))"
            )
            #expect(norm(error) > 0, "\(parameter.name)")
        }
    }

    /// The weights of products are not read in float32.
    @Test func weightsOfProductsAreReadRounded() throws {
        let expected = try gradient(threads: 1, inFlight: 1, precision: .bf16)
        var inside = Set(parameters.elements.indices)
        for range in graph.unroundedRanges { inside.subtract(range) }
        #expect(!inside.isEmpty)
        for index in inside { parameters.base[index] = .nan }
        #expect(try gradient(threads: 1, inFlight: 1, precision: .bf16) == expected)
    }
}
