import Kernels
import Randomness
import Tensors
import Testing
import Threads

@testable import Graphs

/// A classifier that uses every operator, with values that have one, two and three consumers.
///
/// * `width`: channels of a token, even
/// * `side`: patches in a row and in a column of an image
func everyOperator(width: Int = 6, side: Int = 2) throws -> Graph {
    var builder = GraphBuilder()
    let images = builder.input("images", [2, 3 * side, 3 * side])
    let patches = builder.patchEmbedding(
        images,
        channels: 2,
        height: 3 * side,
        width: 3 * side,
        patch: 3,
        embedding: width,
        bias: true,
        name: "patch",
        layer: "a"
    )
    let tokens = try builder.tokenEmbedding(
        patches,
        prefix: [
            PrefixParameter(name: "class", shape: [width], hasPositions: true),
            PrefixParameter(name: "registers", shape: [1, 2, width], hasPositions: false),
        ],
        positions: ("positions", [1, 7, width]),
        resampling: PositionResampling(
            from: PositionResampling.Grid(rows: 3, columns: 2),
            to: PositionResampling.Grid(rows: side, columns: side),
            .antialiasedBicubic
        ),
        layer: "a"
    )
    let first = builder.layerNorm(tokens, epsilon: 1e-6, name: "norm1", layer: "b")
    let fused = try builder.linear(
        first,
        outputs: 3 * width,
        weights: ["q.weight", "k.weight", "v.weight"],
        biases: ["q.bias", "k.bias", "v.bias"],
        name: "qkv",
        layer: "b"
    )
    let attention = try builder.selfAttention(fused, heads: 2, name: "attention")
    let scaled = try builder.layerScale(attention, parameter: "gamma", name: "scaled", layer: "b")
    let middle = try builder.sum(tokens, scaled, name: "middle")
    let hidden = try builder.linear(middle, outputs: width + 4, bias: false, name: "fc1", layer: "c")
    let active = builder.elementwise(hidden, .gelu, name: "gelu")
    let back = try builder.linear(active, outputs: width, bias: true, name: "fc2", layer: "c")
    let sum = try builder.sum(middle, builder.elementwise(back, .quickGELU, name: "quick"), name: "sum")
    let again = try builder.sum(middle, sum, name: "again")
    let mixed = try headsInParts(again, sum, width: width, &builder)
    let pooled = builder.tokenMean(mixed, range: 3..<3 + side * side, name: "pool")
    let chosen = builder.tokenMean(mixed, range: 0..<1, name: "class")
    let features = try builder.join([pooled, chosen], 1, name: "features")
    let head = try builder.linear(features, outputs: 3, bias: true, name: "head1", layer: "d")
    let projected = builder.projection(features, outputs: 5, parameter: "proj", name: "projected", layer: "d")
    let unit = builder.unitRows(projected, name: "unit")
    let second = try builder.linear(unit, outputs: 3, bias: true, name: "head2", layer: "d")
    let logits = builder.scaled(try builder.sum(head, second, name: "both"), by: 0.5, name: "logits")
    return try builder.graph(from: images, to: logits)
}

/// Attention out of products, orders and slices, its output by a weight that is made of parameters alone.
private func headsInParts(
    _ values: ValueID,
    _ keys: ValueID,
    width: Int,
    _ builder: inout GraphBuilder
) throws -> ValueID {
    let tokens = builder[values].rows
    func heads(_ value: ValueID, _ name: String) throws -> ValueID {
        let parts = try builder.view(value, as: [tokens, 2, width / 2])
        return try builder.permuted(parts, [1, 0, 2], name: name)
    }
    let (left, right) = (try heads(values, "left"), try heads(keys, "right"))
    let scores = try builder.batchedProduct(left, right, transposeRight: true, factor: 0.5, name: "scores")
    let product = try builder.batchedProduct(builder.softMax(scores, name: "p"), left, name: "product")
    let joined = try builder.view(builder.permuted(product, [1, 0, 2], name: "order"), as: [tokens, width])
    let raw = builder.parameter("raw", [width + 1, width], layer: "c")
    let gain = builder.parameter("gain", [width, 1], layer: "c")
    let weight = try builder.product(
        builder.unitRows(builder.slice(raw, 0, 1..<width + 1, name: "rows"), name: "unit rows"),
        gain,
        name: "weight"
    )
    let output = try builder.linear(joined, weight: weight, bias: nil, name: "output")
    return try builder.sum(output, builder.view(gain, as: [width]), name: "shifted")
}

@Suite struct GraphTests {
    /// The derivative along a random direction of each tensor, where every operator has several tiles.
    @Test func gradientOfManyTilesAgainstFiniteDifferences() throws {
        let graph = try everyOperator(width: 200, side: 9)
        let batch = 3
        let executor = Executor<Double>(graph, capacity: batch, team: Team(threads: 3))
        var stream = RandomStream(seed: 7)
        let images = (0..<batch * graph[graph.images].count).map { _ in stream.normal() }
        let parameters = graph.layout.parameters.flatMap { parameter in
            let spread = 1 / Double(parameter.shape.last ?? 1).squareRoot()
            return (0..<parameter.range.count).map { _ in spread * stream.normal() }
        }
        func loss(_ parameters: [Double]) -> Double {
            executor.images(batch: batch, training: true).update(from: images, count: images.count)
            for index in 0..<batch * 3 { executor.targets[index] = index % 4 == 0 ? 1 : 0 }
            _ = executor.forward(batch: batch, parameters: parameters, training: true)
            return executor.loss(batch: batch, scale: 1).loss
        }
        _ = loss(parameters)
        var gradient = [Double](repeating: .nan, count: parameters.count)
        executor.backward(batch: batch, parameters: parameters, gradient: &gradient, adding: false)
        for parameter in graph.layout.parameters {
            let direction = parameter.range.map { _ in stream.normal() }
            let length = 1e-5 / direction.map { $0 * $0 }.reduce(0, +).squareRoot()
            func moved(_ factor: Double) -> Double {
                var moved = parameters
                for (index, value) in zip(parameter.range, direction) {
                    moved[index] += factor * length * value
                }
                return loss(moved)
            }
            let found = length * zip(gradient[parameter.range], direction).map { $0 * $1 }.reduce(0, +)
            let expected = (moved(1) - moved(-1)) / 2
            #expect(abs(found - expected) <= 1e-5 * abs(expected) + 1e-13, "\(parameter.name)")
        }
    }

    @Test func wholeGradientAgainstFiniteDifferences() throws {
        let graph = try everyOperator()
        let executor = Executor<Double>(graph, capacity: 3)
        var stream = RandomStream(seed: 5)
        let images = (0..<(3 * 72)).map { _ in stream.normal() }
        var parameters = (0..<graph.layout.count).map { _ in 0.5 * stream.normal() }
        func loss(_ parameters: [Double]) -> Double {
            executor.images(batch: 3, training: true).update(from: images, count: images.count)
            for index in 0..<9 { executor.targets[index] = index % 4 == 0 ? 1 : 0 }
            _ = executor.forward(batch: 3, parameters: parameters, training: true)
            return executor.loss(batch: 3, scale: 1.0 / 3).loss / 3
        }
        _ = loss(parameters)
        var gradient = [Double](repeating: .nan, count: parameters.count)
        executor.backward(batch: 3, parameters: parameters, gradient: &gradient, adding: false)
        for index in parameters.indices {
            let kept = parameters[index]
            parameters[index] = kept + 1e-5
            let above = loss(parameters)
            parameters[index] = kept - 1e-5
            let difference = (above - loss(parameters)) / 2e-5
            parameters[index] = kept
            #expect(abs(gradient[index] - difference) <= 1e-8 + 1e-6 * abs(difference), "element \(index)")
        }
        // A second backward that adds doubles the gradient.
        _ = loss(parameters)
        var twice = gradient
        executor.backward(batch: 3, parameters: parameters, gradient: &twice, adding: true)
        for (once, doubled) in zip(gradient, twice) { #expect(abs(doubled - 2 * once) <= 1e-12) }
    }

    /// The temperature multiplies the loss's gradient of every parameter as it multiplies the logits.
    @Test(arguments: [0.4, 1.7]) func gradientAtATemperatureAgainstFiniteDifferences(temperature: Double)
        throws
    {
        let graph = try everyOperator()
        let executor = Executor<Double>(graph, capacity: 3)
        var stream = RandomStream(seed: 5)
        let images = (0..<(3 * 72)).map { _ in stream.normal() }
        let parameters = (0..<graph.layout.count).map { _ in 0.5 * stream.normal() }
        func loss(_ parameters: [Double], _ temperature: Double) -> (loss: Double, temperatureSlope: Double) {
            executor.images(batch: 3, training: true).update(from: images, count: images.count)
            for index in 0..<9 { executor.targets[index] = index % 4 == 0 ? 1 : 0 }
            _ = executor.forward(batch: 3, parameters: parameters, training: true)
            return executor.loss(batch: 3, scale: 1.0 / 3, temperature: temperature)
        }
        func difference(_ above: Double, _ below: Double) -> Double { (above - below) / 3 / 2e-5 }
        let slope = loss(parameters, temperature).temperatureSlope
        var gradient = [Double](repeating: .nan, count: parameters.count)
        executor.backward(batch: 3, parameters: parameters, gradient: &gradient, adding: false)
        let byTemperature = difference(
            loss(parameters, temperature + 1e-5).loss,
            loss(parameters, temperature - 1e-5).loss
        )
        #expect(abs(slope - byTemperature) <= 1e-8 + 1e-6 * abs(byTemperature))
        for index in stride(from: 0, to: parameters.count, by: 7) {
            var (above, below) = (parameters, parameters)
            above[index] += 1e-5
            below[index] -= 1e-5
            let expected = difference(loss(above, temperature).loss, loss(below, temperature).loss)
            #expect(abs(gradient[index] - expected) <= 1e-8 + 1e-6 * abs(expected), "element \(index)")
        }
    }

    @Test func inferenceGivesTheSameLogits() throws {
        let graph = try everyOperator()
        let executor = Executor<Double>(graph, capacity: 2)
        var stream = RandomStream(seed: 6)
        let parameters = (0..<graph.layout.count).map { _ in stream.normal() }
        let images = (0..<144).map { _ in stream.normal() }
        let logits = [true, false].map { training in
            executor.images(batch: 2, training: training).update(from: images, count: images.count)
            let logits = executor.forward(batch: 2, parameters: parameters, training: training)
            return Array(UnsafeBufferPointer(start: logits, count: 6))
        }
        #expect(logits[0] == logits[1])
    }

    @Test(arguments: [true, false]) func noTwoLivingBuffersShareMemory(training: Bool) throws {
        let graph = try everyOperator()
        let plan = BufferPlan(graph, training: training)
        let intervals = BufferPlan.intervals(graph, training: training)
        let places = BufferPlan.place(intervals)
        for (index, a) in intervals.enumerated() {
            for b in intervals[(index + 1)...] where a.overlaps(b) {
                let (start, other) = (places[a.slot] ?? -1, places[b.slot] ?? -1)
                #expect(start + a.size <= other || other + b.size <= start, "\(a) and \(b)")
            }
        }
        #expect(plan.size < plan.unshared)
    }
}
