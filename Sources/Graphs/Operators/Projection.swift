import Kernels

/// y = x·P on every token; P is stored inputs × outputs, the other way round than a linear layer's weight.
struct Projection: Operator {
    let input: ValueID
    let output: ValueID
    let matrix: ValueID

    var inputs: [ValueID] { [input, matrix] }
    var backwardReads: [ValueID] { [input] }
    var addsTo: [ValueID] { [matrix] }
    var leavesUnwanted: Bool { true }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        let range = graph.elements(matrix)
        let (read, written) = (range.map(ProductUse.Weight.read), range.map(ProductUse.Weight.gradient))
        let shape = shape(in: graph, batch: batch)
        return (
            [ProductUse(shape: shape.forward, weight: read ?? .none, repeats: 1)],
            [
                ProductUse(shape: shape.matrixGradient, weight: written ?? .none, repeats: 1),
                ProductUse(shape: shape.inputGradient, weight: read ?? .none, repeats: 1),
            ]
        )
    }

    func forward<R: Real>(_ run: Run<R>) {
        multiply(
            on: run.team,
            shape(in: run.graph, batch: run.batch(input)).forward,
            run[input],
            run[matrix],
            into: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let shape = shape(in: run.graph, batch: run.batch(input))
        let keeping: R = run.adds(matrix) ? 1 : 0
        let dOutput = run.gradient(output)
        multiply(
            on: run.team,
            shape.matrixGradient,
            run[input],
            dOutput,
            keeping: keeping,
            into: run.gradient(matrix)
        )
        guard let dInput = run.wanted(input) else { return }
        multiply(
            on: run.team,
            shape.inputGradient,
            dOutput,
            run[matrix],
            keeping: 0,
            into: dInput
        )
    }

    private func shape(in graph: Graph, batch: Int) -> ProjectionShape {
        ProjectionShape(
            rows: batch * graph[input].rows,
            inputs: graph[input].columns,
            outputs: graph[output].columns
        )
    }
}

/// The matrix products of y = x·P: the forward one, dP = xᵀ·dy and dx = dy·Pᵀ.
private struct ProjectionShape {
    let forward: MatrixProduct
    let matrixGradient: MatrixProduct
    let inputGradient: MatrixProduct

    init(rows: Int, inputs: Int, outputs: Int) {
        forward = MatrixProduct(rows: rows, columns: outputs, inner: inputs)
        matrixGradient = MatrixProduct(rows: inputs, columns: outputs, inner: rows, transposeLeft: true)
        inputGradient = MatrixProduct(rows: rows, columns: inputs, inner: outputs, transposeRight: true)
    }
}

extension GraphBuilder {
    package mutating func projection(
        _ input: ValueID,
        outputs: Int,
        parameter name: String,
        name output: String,
        layer: String
    ) -> ValueID {
        let shape = self[input]
        let matrix = parameter(name, [shape.columns, outputs], layer: layer)
        let output = self.output(output, shape.shape.dropLast() + [outputs], of: [input, matrix])
        append(Projection(input: input, output: output, matrix: matrix))
        return output
    }
}
