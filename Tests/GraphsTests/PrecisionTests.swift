import Kernels
import Randomness
import Tensors
import Testing
import Threads

@testable import Graphs

/// Graphs whose operators have several tiles.
enum RoundedGraph: CaseIterable {
    case tokens
    /// Weights in an order of their own, by groups, and times a gain: values made of parameters alone.
    case images

    func graph() throws -> Graph {
        if self == .tokens { return try everyOperator(width: 72, side: 5) }
        var builder = GraphBuilder()
        let pixels = builder.input("images", [1, 24, 24, 3])
        let stem = try builder.convolution(
            pixels,
            weight: builder.parameter("stem", [32, 3, 5, 5], layer: "a"),
            bias: builder.parameter("stem.bias", [32], layer: "a"),
            stride: ConvolutionShape.Size(2, 2),
            padding: ((2, 2), (2, 2)),
            name: "stem"
        )
        let grouped = try builder.convolution(
            builder.elementwise(stem, .gelu, name: "act"),
            weight: builder.parameter("grouped", [48, 16, 3, 3], layer: "b"),
            bias: nil,
            padding: ((1, 1), (1, 1)),
            groups: 2,
            name: "grouped"
        )
        let narrow = try builder.convolution(
            grouped,
            weight: builder.parameter("narrow", [40, 48, 3, 3], layer: "c"),
            bias: nil,
            stride: ConvolutionShape.Size(2, 2),
            name: "narrow"
        )
        let weight = try builder.product(
            builder.parameter("point", [64, 40], layer: "d"),
            builder.parameter("gain", [64, 1], layer: "d"),
            name: "scaled"
        )
        let points = try builder.view(narrow, as: [25, 40])
        let wide = try builder.linear(points, weight: weight, bias: nil, name: "point")
        let pooled = builder.tokenMean(
            builder.elementwise(wide, .gelu, name: "last"),
            range: 0..<25,
            name: "pool"
        )
        let logits = try builder.linear(pooled, outputs: 3, bias: true, name: "head", layer: "e")
        return try builder.graph(from: pixels, to: logits)
    }
}

/// A graph with parameters, and its gradient in both precisions.
private struct RoundedPass {
    let graph: Graph
    let parameters: AlignedBuffer<Float>
    private let rounded: AlignedBuffer<UInt16>

    init(_ kind: RoundedGraph) throws {
        graph = try kind.graph()
        var stream = RandomStream(seed: 8)
        parameters = AlignedBuffer(count: graph.layout.count)
        rounded = AlignedBuffer(count: graph.layout.count)
        for parameter in graph.layout.parameters {
            let inputs = parameter.shape.dropFirst().reduce(1, *)
            let spread = 1 / Double(max(inputs, 1)).squareRoot()
            for index in parameter.range { parameters.base[index] = Float(spread * stream.normal()) }
        }
        roundToBFloat16(count: parameters.count, parameters.base, into: rounded.base)
    }

    func gradient(threads: Int, inFlight: Int, precision: Precision) throws -> [Float] {
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
}

/// Gradients with products in bfloat16.
@Suite(.enabled(if: BFloat16Products.isAvailable, "oneDNN has products in bfloat16 here"))
struct PrecisionTests {
    @Test(arguments: RoundedGraph.allCases, [(2, 2), (3, 1), (7, 2), (16, 4)]) func threadsChangeNoBit(
        kind: RoundedGraph,
        count: (threads: Int, inFlight: Int)
    ) throws {
        let pass = try RoundedPass(kind)
        let alone = try pass.gradient(threads: 1, inFlight: 1, precision: .bf16)
        #expect(
            try pass.gradient(threads: count.threads, inFlight: count.inFlight, precision: .bf16) == alone
        )
    }

    /// A factor is off by at most 2⁻⁹ of itself; through this graph a tensor's gradient is then off by some of these.
    @Test(arguments: RoundedGraph.allCases) func isTheGradientToARoundingOrTwo(kind: RoundedGraph) throws {
        let pass = try RoundedPass(kind)
        let exact = try pass.gradient(threads: 1, inFlight: 1, precision: .f32)
        let found = try pass.gradient(threads: 1, inFlight: 1, precision: .bf16)
        func norm(_ values: [Double]) -> Double { values.map { $0 * $0 }.reduce(0, +).squareRoot() }
        for parameter in pass.graph.layout.parameters {
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
        let pass = try RoundedPass(.tokens)
        let expected = try pass.gradient(threads: 1, inFlight: 1, precision: .bf16)
        var inside = Set(pass.parameters.elements.indices)
        for range in pass.graph.unroundedRanges { inside.subtract(range) }
        #expect(!inside.isEmpty)
        for index in inside { pass.parameters.base[index] = .nan }
        #expect(try pass.gradient(threads: 1, inFlight: 1, precision: .bf16) == expected)
    }
}
