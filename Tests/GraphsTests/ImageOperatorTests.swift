import Kernels
import Randomness
import Testing
import Threads

@testable import Graphs

/// Every operator on images, against finite differences, and on teams of threads.
@Suite struct ImageOperatorTests {
    /// * `width`: channels, a multiple of 4
    private func graph(width: Int, side: Int) throws -> Graph {
        var builder = GraphBuilder()
        let images = builder.input("images", [1, side, side, 3])
        func weight(_ name: String, _ shape: [Int]) -> ValueID { builder.parameter(name, shape, layer: "a") }
        func normed(_ value: ValueID, _ name: String) throws -> ValueID {
            let columns = [builder[value].columns]
            let (mean, variance) = (
                builder.parameter("\(name).mean", columns, layer: "a", role: .statistic),
                builder.parameter("\(name).variance", columns, layer: "a", role: .statistic)
            )
            let (scale, shift) = try builder.batchNormCoefficients(
                weight: weight("\(name).weight", columns),
                bias: weight("\(name).bias", columns),
                mean: mean,
                // Squared, so that the test's random numbers do not meet the bound at zero.
                variance: builder.elementwise(variance, .square, name: "\(name).squares"),
                epsilon: 0.5,
                name: name
            )
            return try builder.columnAffine(value, scale: scale, shift: shift, name: name)
        }
        let one = ((1, 1), (1, 1))
        let stem = try builder.convolution(
            images,
            weight: weight("stem", [width, 3, 3, 3]),
            bias: weight("stem.bias", [width]),
            padding: one,
            name: "stem"
        )
        let active = builder.elementwise(try normed(stem, "norm"), .silu, name: "active")
        let deep = try builder.convolution(
            active,
            weight: weight("deep", [width, 1, 3, 3]),
            bias: nil,
            stride: ConvolutionShape.Size(2, 2),
            padding: one,
            groups: width,
            name: "deep"
        )
        let grouped = try builder.convolution(
            active,
            weight: weight("grouped", [width, width / 2, 2, 2]),
            bias: weight("grouped.bias", [width]),
            stride: ConvolutionShape.Size(2, 2),
            groups: 2,
            name: "grouped"
        )
        let half = side / 2
        func ranges(_ size: Int) -> [Range<Int>] { (0..<half).map { 2 * $0..<min(2 * $0 + 3, size) } }
        let windows = PoolingWindows(height: side, width: side, rows: ranges(side), columns: ranges(side))
        let greatest = try builder.maxPooling(active, windows, name: "greatest")
        let average = try builder.averagePooling(active, windows, name: "average")
        let parts = try builder.sum(
            builder.sum(deep, grouped, name: "a"),
            builder.sum(greatest, average, name: "b"),
            name: "parts"
        )
        let pointwise = try builder.convolution(
            parts,
            weight: weight("pointwise", [width, width, 1, 1]),
            bias: nil,
            name: "pointwise"
        )
        let mean = try builder.reduced(
            pointwise,
            over: [1, 2],
            factor: 1 / Double(half * half),
            name: "mean"
        )
        let gate = builder.elementwise(mean, .sigmoid, name: "gate")
        let spread = try builder.repeated(gate, to: builder[pointwise].shape, name: "spread")
        let gated = try builder.product(pointwise, spread, name: "gated")
        let places = (0..<half).map { ($0 + 1) % half } + [-1, 0]
        let shifted = try builder.gathered(gated, 1, places, name: "shifted")
        let table = try builder.gathered(weight("table", [4, width]), 0, [3, 1, 1, 0, 3], name: "table")
        let constant = try builder.constant(
            "constant",
            [5, width],
            (0..<5 * width).map { Double($0 % 3) - 1 }
        )
        let rows = try builder.reduced(builder.sum(table, constant, name: "rows"), over: [0], name: "sum")
        let summed = try builder.reduced(
            builder.sum(shifted, rows, name: "moved"),
            over: [1, 2],
            name: "total"
        )
        let features = try builder.view(builder.elementwise(summed, .tanh, name: "tanh"), as: [1, width])
        let logits = try builder.linear(features, outputs: 3, bias: true, name: "head", layer: "b")
        return try builder.graph(from: images, to: logits)
    }

    private func parameters(_ graph: Graph) -> [Double] {
        var stream = RandomStream(seed: 6)
        return (0..<graph.layout.count).map { _ in 0.4 * stream.normal() }
    }

    @Test func rolesOfParameters() throws {
        let graph = try graph(width: 4, side: 6)
        let statistics = graph.layout.parameters.indices.filter { graph.role(ofParameter: $0) == .statistic }
        #expect(statistics.map { graph.layout.parameters[$0].name } == ["norm.mean", "norm.variance"])
    }

    @Test func gradientsAgainstFiniteDifferences() throws {
        let graph = try graph(width: 4, side: 6)
        let batch = 3
        let executor = Executor<Double>(graph, capacity: batch)
        var stream = RandomStream(seed: 5)
        let images = (0..<batch * graph[graph.images].count).map { _ in stream.normal() }
        var parameters = parameters(graph)
        func loss(_ parameters: [Double]) -> Double {
            executor.images(batch: batch, training: true).update(from: images, count: images.count)
            for index in 0..<batch * 3 { executor.targets[index] = index % 4 == 0 ? 1 : 0 }
            _ = executor.forward(batch: batch, parameters: parameters, training: true)
            return executor.loss(batch: batch, scale: 1).loss
        }
        _ = loss(parameters)
        var gradient = [Double](repeating: .nan, count: parameters.count)
        executor.backward(batch: batch, parameters: parameters, gradient: &gradient, adding: false)
        for index in parameters.indices {
            let kept = parameters[index]
            parameters[index] = kept + 1e-5
            let above = loss(parameters)
            parameters[index] = kept - 1e-5
            let difference = (above - loss(parameters)) / 2e-5
            parameters[index] = kept
            #expect(
                abs(gradient[index] - difference) <= 1e-8 + 1e-6 * abs(difference),
                "element \(index)"
            )
        }
        for parameter in graph.layout.parameters {
            #expect(gradient[parameter.range].contains { abs($0) > 1e-4 }, "\(parameter.name)")
        }
    }

    /// A variance below zero counts as zero and has no gradient.
    @Test func variancesBelowZeroAreZero() throws {
        var builder = GraphBuilder()
        let images = builder.input("images", [1, 3])
        let variance = builder.parameter("variance", [3], layer: "a", role: .statistic)
        let (scale, shift) = try builder.batchNormCoefficients(
            weight: nil,
            bias: nil,
            mean: builder.parameter("mean", [3], layer: "a", role: .statistic),
            variance: variance,
            epsilon: 0.25,
            name: "norm"
        )
        let logits = try builder.columnAffine(images, scale: scale, shift: shift, name: "logits")
        let graph = try builder.graph(from: images, to: logits)
        let executor = Executor<Double>(graph, capacity: 1)
        executor.images(batch: 1, training: true).update(from: [1, 2, 3], count: 3)
        executor.targets.update(from: [1, 0, 0], count: 3)
        let parameters: [Double] = [-7, 0, 3.75] + [0.5, 1, 1]
        let found = executor.forward(batch: 1, parameters: parameters, training: true)
        for (index, expected) in [1.0, 2, 1].enumerated() { #expect(abs(found[index] - expected) <= 1e-14) }
        _ = executor.loss(batch: 1, scale: 1)
        var gradient = [Double](repeating: .nan, count: 6)
        executor.backward(batch: 1, parameters: parameters, gradient: &gradient, adding: false)
        #expect(gradient[0] == 0 && gradient[1] != 0 && gradient[2] != 0)
    }

    @Test(arguments: [(2, 1), (3, 2), (16, 4)]) func threadsDoNotChangeOneBit(threads: Int, inFlight: Int)
        throws
    {
        let graph = try graph(width: 32, side: 20)
        let parameters = parameters(graph).map { Float($0) }
        func gradient(_ threads: Int, _ inFlight: Int) throws -> [Float] {
            let executor = LaneExecutor(
                graph,
                plan: LanePlan(lanes: 4, microBatch: 2),
                node: 0..<4,
                team: Team(threads: threads),
                inFlight: inFlight
            )
            let found = try executor.gradient(RandomSamples(graph: graph, count: 14), parameters: parameters)
            let values = try #require(found.gradient)
            return Array(UnsafeBufferPointer(start: values, count: graph.layout.count))
        }
        let alone = try gradient(1, 1)
        let isFinite = alone.allSatisfy { $0.isFinite }
        #expect(isFinite)
        #expect(try gradient(threads, inFlight) == alone)
    }

    @Test func wrongImagesAreNamed() throws {
        func expect(_ text: String, _ body: (inout GraphBuilder, ValueID) throws -> Void) {
            var builder = GraphBuilder()
            let images = builder.input("images", [1, 4, 4, 2])
            #expect { try body(&builder, images) } throws: { "\($0)" == text }
        }
        expect("c: images [1, 4, 4, 2] do not fit kernels [3, 3, 1, 1], 1 groups") { builder, images in
            let weight = builder.parameter("w", [3, 3, 1, 1], layer: "")
            _ = try builder.convolution(images, weight: weight, bias: nil, name: "c")
        }
        expect("c: images [1, 4, 4, 2] do not fit kernels [3, 2, 5, 5], 1 groups") { builder, images in
            let weight = builder.parameter("w", [3, 2, 5, 5], layer: "")
            _ = try builder.convolution(images, weight: weight, bias: nil, name: "c")
        }
        expect("p: [1, 4, 4, 2] does not fit windows over 4 × 4 pixels, each with some of them") {
            builder,
            images in
            let windows = PoolingWindows(height: 4, width: 4, rows: [3..<5], columns: [0..<1])
            _ = try builder.maxPooling(images, windows, name: "p")
        }
        expect("g: places of dimension 1 of [1, 4, 4, 2] expected, others found") { builder, images in
            _ = try builder.gathered(images, 1, [4], name: "g")
        }
        expect("r: [4] are no dimensions of [1, 4, 4, 2]") { builder, images in
            _ = try builder.reduced(images, over: [4], name: "r")
        }
        expect("r: [1, 4, 4, 2] cannot be repeated to [1, 4, 4, 3]") { builder, images in
            _ = try builder.repeated(images, to: [1, 4, 4, 3], name: "r")
        }
        expect("k: 3 elements, not those of [2]") { builder, _ in
            _ = try builder.constant("k", [2], [1, 2, 3])
        }
    }
}
