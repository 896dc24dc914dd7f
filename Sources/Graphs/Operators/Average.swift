import Kernels

/// The mean of two values: of the logits of two heads.
struct Average: Operator {
    let left: ValueID
    let right: ValueID
    let output: ValueID

    var inputs: [ValueID] { [left, right] }
    var backwardReads: [ValueID] { [] }

    func forward<R: Real>(_ run: Run<R>) {
        add(on: run.team, count: run.count(output), run[left], run[right], into: run[output])
        scale(on: run.team, count: run.count(output), 0.5, run[output], into: run[output])
    }

    func backward<R: Real>(_ run: Run<R>) {
        for input in inputs {
            scale(
                on: run.team,
                count: run.count(output),
                0.5,
                run.gradient(output),
                into: run.gradient(input)
            )
        }
    }
}

extension GraphBuilder {
    package mutating func average(_ left: ValueID, _ right: ValueID, name: String) -> ValueID {
        let output = value(name, rows: self[left].rows, columns: self[left].columns)
        append(Average(left: left, right: right, output: output))
        return output
    }
}
