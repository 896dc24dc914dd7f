import Kernels

/// y = x·Wᵀ + b on every token, and what follows it.
struct Linear: ProductOperator {
    let input: ValueID
    var output: ValueID
    let weight: ValueID
    let bias: ValueID?
    var epilogue = FusedEpilogue()

    var inputs: [ValueID] { [input, weight] + (bias.map { [$0] } ?? []) + epilogue.inputs }
    var keptInTraining: [ValueID] { epilogue.kept }
    var backwardReads: [ValueID] { [input] + epilogue.backwardReads(output) }
    var addsTo: [ValueID] { inputs }
    var leavesUnwanted: Bool { true }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        let shape = LinearShape(
            rows: batch * graph[input].rows,
            inputs: graph[input].columns,
            outputs: graph[output].columns
        )
        return graph.linearProducts(shape, weight, hasInputGradient: graph[input].needsGradient)
    }

    func roundedWeight(in graph: Graph) -> (weight: ValueID, rowElements: Int)? {
        guard graph.canRound(weight), graph[input].hasSamples else { return nil }
        return (weight, graph[input].rows * (graph[input].columns + graph[output].columns))
    }

    func forward<R: Real>(_ run: Run<R>) {
        linearForward(
            on: run.team,
            rows: run.rows(input),
            inputs: run.graph[input].columns,
            outputs: run.graph[output].columns,
            input: run[input],
            weight: run[weight],
            rounded: run.rounded(weight),
            epilogue: epilogue.forward(run, bias: bias),
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        linearBackward(
            on: run.team,
            rows: run.rows(input),
            inputs: run.graph[input].columns,
            outputs: run.graph[output].columns,
            input: run[input],
            weight: run[weight],
            rounded: run.rounded(weight),
            dOutput: epilogue.backward(run, output),
            dInput: run.wanted(input),
            addInput: run.graph[input].needsGradient && run.adds(input),
            dWeight: run.gradient(weight),
            dBias: bias.map { run.gradient($0) },
            addParameters: run.adds(all: [weight] + (bias.map { [$0] } ?? []))
        )
    }
}

extension GraphBuilder {
    package mutating func linear(
        _ input: ValueID,
        outputs: Int,
        bias: Bool,
        name: String,
        layer: String
    ) throws(GraphError) -> ValueID {
        try linear(
            input,
            outputs: outputs,
            weights: ["\(name).weight"],
            biases: bias ? ["\(name).bias"] : [],
            name: name,
            layer: layer
        )
    }

    /// * `weights`: names of the parameters that make up the weight, each of as many rows, from the top
    /// * `biases`: as many, or none for a layer without bias
    package mutating func linear(
        _ input: ValueID,
        outputs: Int,
        weights: [String],
        biases: [String],
        name: String,
        layer: String
    ) throws(GraphError) -> ValueID {
        let shape = self[input]
        let rows = outputs / weights.count
        let weight = joinedParameters(weights, [rows, shape.columns], layer: layer)
        let bias = biases.isEmpty ? nil : joinedParameters(biases, [rows], layer: layer)
        return try linear(input, weight: weight, bias: bias, name: name)
    }

    /// * `weight`: outputs × inputs
    /// * `bias`: outputs
    package mutating func linear(
        _ input: ValueID,
        weight: ValueID,
        bias: ValueID?,
        name: String
    ) throws(GraphError) -> ValueID {
        let (shape, matrix) = (self[input].shape, self[weight].shape)
        guard matrix.count == 2, matrix[1] == shape.last, !self[weight].hasSamples,
            bias.map({ self[$0].shape == [matrix[0]] && !self[$0].hasSamples }) ?? true
        else {
            let biased = bias.map { ", bias \(self[$0].shape)" } ?? ""
            throw GraphError(name, "input \(shape) does not fit weight \(matrix)\(biased)")
        }
        let operands = [input, weight] + (bias.map { [$0] } ?? [])
        let output = output(name, shape.dropLast() + [matrix[0]], of: operands)
        append(Linear(input: input, output: output, weight: weight, bias: bias))
        return output
    }
}
