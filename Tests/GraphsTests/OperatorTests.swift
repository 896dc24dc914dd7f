import Kernels
import Randomness
import Tensors
import Testing

@testable import Graphs

/// Small graphs of operators that go together in ways that the families' graphs do not, against finite differences.
@Suite struct OperatorTests {
    private static let batch = 3

    /// Compares every parameter's gradient of a graph of three classes with central differences.
    private func expectGradient(_ graph: Graph, _ comment: String) {
        let batch = Self.batch
        let executor = Executor<Double>(graph, capacity: batch)
        var stream = RandomStream(seed: 5)
        let images = (0..<batch * graph[graph.images].count).map { _ in stream.normal() }
        var parameters = (0..<graph.layout.count).map { _ in 0.5 * stream.normal() }
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
                "\(comment), element \(index)"
            )
        }
        #expect(gradient.contains { abs($0) > 1e-3 }, "\(comment)")
    }

    /// 4 tokens of 6 channels.
    private func start(_ builder: inout GraphBuilder) throws -> (images: ValueID, tokens: ValueID) {
        let images = builder.input("images", [4, 6])
        return (images, try builder.linear(images, outputs: 6, bias: true, name: "in", layer: "a"))
    }

    private func graph(_ value: ValueID, from images: ValueID, _ builder: inout GraphBuilder) throws -> Graph
    {
        let row = try builder.view(value, as: [1, builder[value].count])
        let logits = try builder.linear(row, outputs: 3, bias: true, name: "head", layer: "b")
        return try builder.graph(from: images, to: logits)
    }

    /// Operators that cannot add read a value after one another: the plan adds their parts.
    @Test func gradientsMeetAtAFork() throws {
        var builder = GraphBuilder()
        let (images, tokens) = try start(&builder)
        let (a, b) = (
            builder.elementwise(tokens, .gelu, name: "a"), builder.elementwise(tokens, .quickGELU, name: "b")
        )
        let c = builder.unitRows(tokens, name: "c")
        let sum = try builder.sum(
            try builder.product(a, b, name: "ab"),
            try builder.difference(c, b, name: "cb"),
            name: "s"
        )
        expectGradient(try graph(sum, from: images, &builder), "fork")
    }

    /// A weight that is made of parameters, read by two layers; one parameter is read beside it, too.
    @Test func valuesOfParametersAlone() throws {
        var builder = GraphBuilder()
        let (images, tokens) = try start(&builder)
        let raw = builder.parameter("raw", [6, 6], layer: "a")
        let gain = builder.parameter("gain", [6, 1], layer: "a")
        let weight = try builder.product(builder.unitRows(raw, name: "unit"), gain, name: "weight")
        #expect(!builder[weight].hasSamples && builder[weight].needsGradient)
        let first = builder.elementwise(
            try builder.linear(tokens, weight: weight, bias: nil, name: "first"),
            .gelu,
            name: "act"
        )
        let second = try builder.linear(first, weight: weight, bias: nil, name: "second")
        let shift = try builder.view(gain, as: [6])
        let shifted = try builder.sum(second, shift, name: "shifted")
        let graph = try self.graph(shifted, from: images, &builder)
        #expect(graph.sharedOperators == 2)
        expectGradient(graph, "values of parameters")
        try expectLanesAgree(graph)
    }

    /// The same of values made of parameters alone, and of parameters: what does not add reads them after one another, and after
    /// operators of samples.
    @Test func gradientsMeetAtForksOfParameters() throws {
        var builder = GraphBuilder()
        let (images, tokens) = try start(&builder)
        let raw = builder.parameter("raw", [6, 6], layer: "a")
        let (doubled, active) = (
            builder.scaled(raw, by: 2, name: "doubled"), builder.elementwise(raw, .gelu, name: "active")
        )
        let product = try builder.batchedProduct(doubled, active, transposeRight: true, name: "product")
        let soft = builder.softMax(product, name: "soft")
        let halves = try [
            builder.slice(product, 0, 0..<3, name: "half"),
            builder.slice(
                builder.elementwise(doubled, .quickGELU, name: "quick"),
                0,
                3..<6,
                name: "other half"
            ),
        ]
        let weight = try builder.join(halves, 0, name: "weight")
        let again = builder.unitRows(weight, name: "again")
        var values = [tokens]
        for (index, weight) in [weight, soft, again, raw].enumerated() {
            let next = try builder.linear(values[index], weight: weight, bias: nil, name: "next\(index)")
            values.append(builder.elementwise(next, .gelu, name: "act\(index)"))
        }
        let graph = try self.graph(try #require(values.last), from: images, &builder)
        expectGradient(graph, "forks of parameters")
        try expectLanesAgree(graph)
    }

    /// Lanes of several micro-batches give the gradient of the whole batch.
    private func expectLanesAgree(_ graph: Graph) throws {
        var stream = RandomStream(seed: 8)
        let parameters = (0..<graph.layout.count).map { _ in Float(0.5 * stream.normal()) }
        let source = RandomSamples(graph: graph, count: 13)
        func gradient(_ lanes: Int, _ microBatch: Int) throws -> [Float] {
            let executor = LaneExecutor(
                graph,
                plan: LanePlan(lanes: lanes, microBatch: microBatch),
                node: 0..<lanes,
                team: .alone
            )
            let found = try executor.gradient(source, parameters: parameters).gradient
            return Array(UnsafeBufferPointer(start: try #require(found), count: graph.layout.count))
        }
        let whole = try gradient(1, 13)
        for (lanes, microBatch) in [(1, 2), (4, 1), (3, 2)] {
            for (a, b) in zip(try gradient(lanes, microBatch), whole) {
                #expect(abs(a - b) <= 1e-5 * (1 + abs(b)))
            }
        }
    }

    /// A parameter that two layers read, and one that is a weight in one place and a summand in another.
    @Test func tiedParameters() throws {
        var builder = GraphBuilder()
        let (images, tokens) = try start(&builder)
        let weight = builder.parameter("tied", [6, 6], layer: "a")
        let bias = builder.parameter("bias", [6], layer: "a")
        var stream = tokens
        for index in 0..<3 {
            stream = builder.elementwise(
                try builder.linear(
                    stream,
                    weight: weight,
                    bias: index == 1 ? nil : bias,
                    name: "layer\(index)"
                ),
                .gelu,
                name: "act\(index)"
            )
        }
        let rows = try builder.slice(weight, 0, 1..<5, name: "rows")
        stream = try builder.sum(stream, rows, name: "sum")
        let graph = try self.graph(stream, from: images, &builder)
        expectGradient(graph, "tied")
        try expectLanesAgree(graph)
    }

    /// Attention in two sets of tokens, with a bias that is made of parameters once a step and read twice.
    @Test(arguments: [[2, 2, 2, 2], [1, 2, 2, 2], [2, 1, 2, 2]]) func attentionWithBias(shape: [Int]) throws {
        var builder = GraphBuilder()
        let (images, tokens) = try start(&builder)
        let table = builder.parameter("table", shape, layer: "a")
        let bias = builder.scaled(table, by: 1.5, name: "bias")
        var stream = tokens
        for index in 0..<2 {
            let fused = try builder.linear(stream, outputs: 18, bias: true, name: "qkv\(index)", layer: "a")
            stream = try builder.selfAttention(
                fused,
                heads: 2,
                sets: 2,
                bias: bias,
                scale: 0.7,
                name: "attention\(index)"
            )
        }
        let graph = try self.graph(stream, from: images, &builder)
        expectGradient(graph, "attention with a bias")
        try expectLanesAgree(graph)
    }

    /// Attention out of its parts, in which every head is a matrix of its own.
    @Test func attentionInParts() throws {
        func attention(isFused: Bool) throws -> Graph {
            var builder = GraphBuilder()
            let (images, tokens) = try start(&builder)
            let fused = try builder.linear(tokens, outputs: 18, bias: true, name: "qkv", layer: "a")
            guard !isFused else {
                let attention = try builder.selfAttention(fused, heads: 2, name: "attention")
                return try self.graph(attention, from: images, &builder)
            }
            let parts = try builder.permuted(
                builder.view(fused, as: [4, 3, 2, 3]),
                [1, 2, 0, 3],
                name: "parts"
            )
            let heads = try (0..<3).map {
                try builder.view(builder.slice(parts, 0, $0..<$0 + 1, name: "part\($0)"), as: [2, 4, 3])
            }
            let scores = try builder.batchedProduct(
                heads[0],
                heads[1],
                transposeRight: true,
                factor: 1 / 3.0.squareRoot(),
                name: "scores"
            )
            let mixed = try builder.batchedProduct(
                builder.softMax(scores, name: "p"),
                heads[2],
                name: "mixed"
            )
            let attention = try builder.permuted(mixed, [1, 0, 2], name: "attention")
            return try self.graph(attention, from: images, &builder)
        }
        let (fused, parts) = (try attention(isFused: true), try attention(isFused: false))
        expectGradient(parts, "attention in parts")
        var stream = RandomStream(seed: 3)
        let parameters = (0..<fused.layout.count).map { _ in stream.normal() }
        let images = (0..<48).map { _ in stream.normal() }
        let logits = [fused, parts].map { graph in
            let executor = Executor<Double>(graph, capacity: 2)
            executor.images(batch: 2, training: false).update(from: images, count: 48)
            return Array(
                UnsafeBufferPointer(start: executor.forward(batch: 2, parameters: parameters), count: 6)
            )
        }
        for (a, b) in zip(logits[0], logits[1]) { #expect(abs(a - b) <= 1e-12 * (1 + abs(a))) }
    }

    /// Products with either factor transposed, slices that leave some out, and joins of unequal parts.
    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func productsOfMatrices(transposes: (left: Bool, right: Bool)) throws {
        var builder = GraphBuilder()
        let (images, tokens) = try start(&builder)
        let left = try builder.slice(tokens, 1, 0..<4, name: "left")
        let right = try builder.slice(
            builder.slice(tokens, 1, 1..<5, name: "columns"),
            0,
            0..<4,
            name: "right"
        )
        let product = try builder.batchedProduct(
            left,
            right,
            transposeLeft: transposes.left,
            transposeRight: transposes.right,
            factor: 0.5,
            name: "product"
        )
        let joined = try builder.join([product, tokens], 1, name: "joined")
        expectGradient(try graph(joined, from: images, &builder), "\(transposes)")
    }

    /// An operator whose input wants no gradient.
    @Test func normOfTheImages() throws {
        var builder = GraphBuilder()
        let images = builder.input("images", [4, 6])
        let norm = builder.layerNorm(images, epsilon: 1e-6, name: "norm", layer: "a")
        let scale = builder.parameter("scale", [4, 1], layer: "a")
        let scaled = try builder.product(try builder.sum(images, norm, name: "sum"), scale, name: "scaled")
        expectGradient(try graph(scaled, from: images, &builder), "norm of the images")
    }

    @Test func wrongGraphsAreNamed() throws {
        func expect(_ text: String, _ body: (inout GraphBuilder, ValueID) throws -> ValueID) {
            var builder = GraphBuilder()
            let images = builder.input("images", [4, 6])
            #expect {
                let value = try body(&builder, images)
                _ = try graph(value, from: images, &builder)
            } throws: { error in
                "\(error)" == text
            }
        }
        expect("w: input [4, 6] does not fit weight [3, 5]") { builder, images in
            try builder.linear(
                images,
                weight: builder.parameter("p", [3, 5], layer: ""),
                bias: nil,
                name: "w"
            )
        }
        expect("s: [4, 6] and [5] do not go together") { builder, images in
            try builder.sum(images, builder.parameter("p", [5], layer: ""), name: "s")
        }
        expect("s: reads one value twice: it needs a copy") { builder, images in
            try builder.sum(images, images, name: "s")
        }
        expect("p: is read by nobody") { builder, images in
            _ = builder.parameter("p", [6], layer: "")
            return images
        }
        expect("g: is read by nobody") { builder, images in
            _ = builder.elementwise(images, .gelu, name: "g")
            return images
        }
        expect("images: 24 elements, [4, 6], cannot be [5, 5]") { builder, images in
            try builder.view(images, as: [5, 5])
        }
        expect("o: [0, 0] is no order of the dimensions of [4, 6]") { builder, images in
            try builder.permuted(images, [0, 0], name: "o")
        }
        expect("c: 2..<7 is no part of dimension 1 of [4, 6]") { builder, images in
            try builder.slice(images, 1, 2..<7, name: "c")
        }
        expect("m: no products of matrices [4, 6] and [4, 6]") { builder, images in
            try builder.batchedProduct(images, builder.elementwise(images, .gelu, name: "g"), name: "m")
        }
        expect("j: [[4, 6], [24]] cannot be joined along dimension 0") { builder, images in
            try builder.join(
                [images, builder.view(builder.elementwise(images, .gelu, name: "g"), as: [24])],
                0,
                name: "j"
            )
        }
    }
}
