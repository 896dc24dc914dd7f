import Kernels

/// The sum of a residual stream and a branch.
struct ResidualAdd: Operator {
    let stream: ValueID
    let branch: ValueID
    let output: ValueID

    var inputs: [ValueID] { [stream, branch] }
    var backwardReads: [ValueID] { [] }
    var canAdd: Bool { true }

    func forward<R: Real>(_ run: Run<R>) {
        add(on: run.team, count: run.count(output), run[stream], run[branch], into: run[output])
    }

    func backward<R: Real>(_ run: Run<R>) {
        for input in inputs {
            copy(
                on: run.team,
                count: run.count(output),
                run.gradient(output),
                into: run.gradient(input),
                adding: run.adds(input)
            )
        }
    }
}

extension GraphBuilder {
    package mutating func residualAdd(_ stream: ValueID, _ branch: ValueID, name: String) -> ValueID {
        let output = value(name, rows: self[stream].rows, columns: self[stream].columns)
        append(ResidualAdd(stream: stream, branch: branch, output: output))
        return output
    }
}
