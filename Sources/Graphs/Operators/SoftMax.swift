import Kernels

/// The soft-max of every row.
struct SoftMax: Operator {
    let input: ValueID
    let output: ValueID

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [output] }

    func forward<R: Real>(_ run: Run<R>) {
        softMaxForward(
            on: run.team,
            rows: run.rows(input),
            columns: run.graph[input].columns,
            input: run[input],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        softMaxBackward(
            on: run.team,
            rows: run.rows(input),
            columns: run.graph[input].columns,
            output: run[output],
            dOutput: run.gradient(output),
            dInput: run.gradient(input)
        )
    }
}

extension GraphBuilder {
    package mutating func softMax(_ input: ValueID, name: String) -> ValueID {
        let output = output(name, self[input].shape, of: [input])
        append(SoftMax(input: input, output: output))
        return output
    }
}
