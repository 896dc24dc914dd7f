import Kernels

/// Every row divided by its Euclidean norm.
struct UnitRows: Operator {
    let input: ValueID
    let output: ValueID
    let inverseNorms: ValueID

    var inputs: [ValueID] { [input] }
    var kept: [ValueID] { [inverseNorms] }
    var backwardReads: [ValueID] { [output, inverseNorms] }

    func forward<R: Real>(_ run: Run<R>) {
        unitRowsForward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            input: run[input],
            output: run.output(output),
            inverseNorms: run.output(inverseNorms)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        unitRowsBackward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            output: run[output],
            inverseNorms: run[inverseNorms],
            dOutput: run.gradient(output),
            dInput: run.gradient(input)
        )
    }
}

extension GraphBuilder {
    package mutating func unitRows(_ input: ValueID, name: String) -> ValueID {
        let shape = self[input]
        let output = output(name, shape.shape, of: [input])
        let inverseNorms = own("\(name).norm", [shape.rows, 1], beside: output)
        append(UnitRows(input: input, output: output, inverseNorms: inverseNorms))
        return output
    }
}
