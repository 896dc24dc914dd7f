import Kernels

/// y = x·Wᵀ + b on every token.
struct Linear: Operator {
    let input: ValueID
    let output: ValueID
    let weight: ParameterID
    let bias: ParameterID?

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [input] }
    var canAdd: Bool { true }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        let shape = LinearShape(
            rows: batch * graph[input].rows,
            inputs: graph[input].columns,
            outputs: graph[output].columns
        )
        return graph.linearProducts(shape, weight, hasInputGradient: true)
    }

    func forward<R: Real>(_ run: Run<R>) {
        linearForward(
            rows: run.rows(input),
            inputs: run.graph[input].columns,
            outputs: run.graph[output].columns,
            input: run[input],
            weight: run[weight],
            bias: bias.map { run[$0] },
            output: run[output]
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        linearBackward(
            rows: run.rows(input),
            inputs: run.graph[input].columns,
            outputs: run.graph[output].columns,
            input: run[input],
            weight: run[weight],
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
        let shape = self[input]
        let weight = parameter("\(name).weight", [outputs, shape.columns], layer: layer)
        let bias = bias ? parameter("\(name).bias", [outputs], layer: layer) : nil
        let output = value(name, rows: shape.rows, columns: outputs)
        append(Linear(input: input, output: output, weight: weight, bias: bias))
        return output
    }
}
