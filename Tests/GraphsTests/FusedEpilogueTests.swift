import Kernels
import Randomness
import Testing
import Threads

@testable import Graphs

/// Sums and functions that products do with their tiles: which they are, and that nothing but the work changes.
@Suite struct FusedEpilogueTests {
    /// Puts `body` of images of `side`² pixels with `width` channels between a first layer and a head.
    private func builder(
        width: Int,
        side: Int,
        _ body: (inout GraphBuilder, ValueID) throws -> ValueID
    ) throws -> (builder: GraphBuilder, images: ValueID, logits: ValueID) {
        var builder = GraphBuilder()
        let images = builder.input("images", [1, side, side, 3])
        let stem = try builder.linear(images, outputs: width, bias: true, name: "stem", layer: "a")
        let pooled = try builder.reduced(body(&builder, stem), over: [1, 2], name: "pooled")
        let row = try builder.view(pooled, as: [1, width])
        let logits = try builder.linear(row, outputs: 3, bias: true, name: "head", layer: "a")
        return (builder, images, logits)
    }

    private func convolution(
        _ builder: inout GraphBuilder,
        _ input: ValueID,
        kernel: Int,
        groups: Int = 1,
        bias: Bool = true,
        _ name: String
    ) throws -> ValueID {
        let width = builder[input].columns
        let around = (kernel / 2, kernel / 2)
        return try builder.convolution(
            input,
            weight: builder.parameter("\(name).weight", [width, width / groups, kernel, kernel], layer: "a"),
            bias: bias ? builder.parameter("\(name).bias", [width], layer: "a") : nil,
            padding: (around, around),
            groups: groups,
            name: name
        )
    }

    /// Logits of a pass alone and of one with a backward pass behind it, and the gradient of every parameter of two of these.
    private func results<R: Real>(_ graph: Graph, threads: Int, as type: R.Type) -> [[R]] {
        let batch = 2
        let executor = Executor<R>(graph, capacity: 3, team: Team(threads: threads))
        var stream = RandomStream(seed: 7)
        let images = (0..<batch * graph[graph.images].count).map { _ in R(stream.normal()) }
        let parameters = (0..<graph.layout.count).map { _ in R(0.3 * stream.normal()) }
        for index in 0..<batch * graph.classes { executor.targets[index] = index % 4 == 0 ? 1 : 0 }
        var gradient = [R](repeating: .nan, count: parameters.count)
        var logits: [[R]] = []
        for (training, adding) in [(false, false), (true, false), (true, true)] {
            executor.images(batch: batch, training: training).update(from: images, count: images.count)
            let found = executor.forward(batch: batch, parameters: parameters, training: training)
            logits.append(Array(UnsafeBufferPointer(start: found, count: batch * graph.classes)))
            guard training else { continue }
            _ = executor.loss(batch: batch, scale: 1)
            executor.backward(batch: batch, parameters: parameters, gradient: &gradient, adding: adding)
        }
        return logits + [gradient]
    }

    /// A residual network's block, with functions whose slope is known by the output and others, of products of each kind.
    private func blocks(_ builder: inout GraphBuilder, _ stem: ValueID) throws -> ValueID {
        let first = builder.elementwise(stem, .relu, name: "first")
        let wide = try convolution(&builder, first, kernel: 3, "wide")
        let grouped = try convolution(
            &builder,
            builder.elementwise(wide, .gelu, name: "gelu"),
            kernel: 3,
            groups: 2,
            "grouped"
        )
        let second = builder.elementwise(
            try builder.sum(first, grouped, name: "second"),
            .relu,
            name: "rectified"
        )
        let deep = builder.elementwise(
            try convolution(
                &builder,
                second,
                kernel: 3,
                groups: builder[second].columns,
                bias: false,
                "deep"
            ),
            .hardTanh(0, 6),
            name: "bounded"
        )
        let flat = try builder.sum(
            convolution(&builder, deep, kernel: 1, "flat"),
            convolution(&builder, second, kernel: 1, bias: false, "shortcut"),
            name: "third"
        )
        // Who is added by a product above gets a gradient from here first.
        return try builder.sum(builder.elementwise(flat, .silu, name: "last"), first, name: "out")
    }

    @Test(arguments: [(4, 5), (32, 14)]) func nothingChangesButTheWork(width: Int, side: Int) throws {
        let (builder, images, logits) = try builder(width: width, side: side, blocks)
        let fused = try builder.graph(from: images, to: logits)
        let written = try builder.graphAsWritten(from: images, to: logits)
        // Four functions and two sums: a residual and what the slope is taken of would be one array more.
        #expect(fused.operators.count == written.operators.count - 6)
        let unfused = results(written, threads: 1, as: Float.self)
        let exact = results(written, threads: 1, as: Double.self)
        for threads in [1, 3] {
            #expect(results(fused, threads: threads, as: Float.self) == unfused)
            #expect(results(fused, threads: threads, as: Double.self) == exact)
        }
        for isTraining in [false, true] {
            let sizes = [fused, written].map { BufferPlan($0, training: isTraining).size }
            #expect(sizes[0] <= sizes[1], "training \(isTraining)")
        }
    }

    /// How many operators are done by a product, of those that `body` adds.
    private func fusedCount(_ body: (inout GraphBuilder, ValueID) throws -> ValueID) throws -> Int {
        let (builder, images, logits) = try builder(width: 4, side: 3, body)
        let written = try builder.graphAsWritten(from: images, to: logits).operators.count
        return written - (try builder.graph(from: images, to: logits).operators.count)
    }

    @Test func whatOthersReadIsMade() throws {
        // By the sum, too.
        let twice = try fusedCount { builder, stem in
            try builder.sum(stem, builder.elementwise(stem, .relu, name: "r"), name: "s")
        }
        // Added to what it is made of.
        let ownInput = try fusedCount { builder, stem in
            let first = builder.elementwise(stem, .relu, name: "r")
            return try builder.sum(first, convolution(&builder, first, kernel: 3, "c"), name: "s")
        }
        // Laid over rows.
        let broadcast = try fusedCount { builder, stem in
            try builder.sum(stem, builder.parameter("row", [4], layer: "a"), name: "s")
        }
        let difference = try fusedCount { builder, stem in
            let first = builder.elementwise(stem, .relu, name: "r")
            return try builder.difference(
                convolution(&builder, first, kernel: 3, "c"),
                convolution(&builder, first, kernel: 3, "d"),
                name: "s"
            )
        }
        #expect((twice, ownInput, broadcast, difference) == (0, 1, 0, 1))
    }
}
