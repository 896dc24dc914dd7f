import Kernels

/// The mean of two values: of the logits of two heads.
struct Average: Operator {
    let left: ValueID
    let right: ValueID
    let output: ValueID

    var inputs: [ValueID] { [left, right] }
    var backwardReads: [ValueID] { [] }
    var leavesUnwanted: Bool { true }

    func forward<R: Real>(_ run: Run<R>) {
        let sum = run.output(output)
        add(on: run.team, count: run.count(output), run[left], run[right], into: sum)
        scale(on: run.team, count: run.count(output), 0.5, sum, into: sum)
    }

    func backward<R: Real>(_ run: Run<R>) {
        for input in inputs where run.graph[input].needsGradient {
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
        let output = output(name, self[left].shape, of: [left, right])
        append(Average(left: left, right: right, output: output))
        return output
    }
}
