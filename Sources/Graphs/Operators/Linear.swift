import Kernels

/// y = x·Wᵀ + b on every token.
struct Linear: Operator {
    let input: ValueID
    let output: ValueID
    /// The first of several that lie side by side, as the queries', keys' and values' do: one matrix together.
    let weight: ParameterID
    let bias: ParameterID?
    /// How many parameters make up the weight.
    let parts: Int

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [input] }
    var canAdd: Bool { true }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        let shape = LinearShape(
            rows: batch * graph[input].rows,
            inputs: graph[input].columns,
            outputs: graph[output].columns
        )
        return graph.linearProducts(shape, weight, parts: parts, hasInputGradient: true)
    }

    func roundedWeight(in graph: Graph) -> (range: Range<Int>, rowElements: Int)? {
        (
            graph.range(weight, parts: parts),
            graph[input].rows * (graph[input].columns + graph[output].columns)
        )
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
            bias: bias.map { run[$0] },
            output: run[output]
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
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            addInput: run.adds(input),
            dWeight: run.gradient(weight),
            dBias: bias.map { run.gradient($0) },
            addParameters: run.addsParameters
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
    ) -> ValueID {
        linear(
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
    ) -> ValueID {
        let shape = self[input]
        let rows = outputs / weights.count
        precondition(rows * weights.count == outputs && (biases.isEmpty || biases.count == weights.count))
        let weight = weights.map { parameter($0, [rows, shape.columns], layer: layer) }[0]
        let bias = biases.map { parameter($0, [rows], layer: layer) }.first
        let output = value(name, rows: shape.rows, columns: outputs)
        append(Linear(input: input, output: output, weight: weight, bias: bias, parts: weights.count))
        return output
    }
}
