import Kernels

/// y = x·P on every token; P is stored inputs × outputs, the other way round than a linear layer's weight.
struct Projection: Operator {
    let input: ValueID
    let output: ValueID
    let matrix: ParameterID

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [input] }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        let range = graph.layout.parameters[matrix.index].range
        let shape = shape(in: graph, batch: batch)
        return (
            [ProductUse(shape: shape.forward, weight: .read(range), repeats: 1)],
            [
                ProductUse(shape: shape.matrixGradient, weight: .gradient(range), repeats: 1),
                ProductUse(shape: shape.inputGradient, weight: .read(range), repeats: 1),
            ]
        )
    }

    func forward<R: Real>(_ run: Run<R>) {
        multiply(
            on: run.team,
            shape(in: run.graph, batch: run.batch).forward,
            run[input],
            run[matrix],
            into: run[output]
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let shape = shape(in: run.graph, batch: run.batch)
        let keeping: R = run.addsParameters ? 1 : 0
        let dOutput = run.gradient(output)
        multiply(
            on: run.team,
            shape.matrixGradient,
            run[input],
            dOutput,
            keeping: keeping,
            into: run.gradient(matrix)
        )
        multiply(
            on: run.team,
            shape.inputGradient,
            dOutput,
            run[matrix],
            keeping: 0,
            into: run.gradient(input)
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
        let output = value(output, rows: shape.rows, columns: outputs)
        append(Projection(input: input, output: output, matrix: matrix))
        return output
    }
}
