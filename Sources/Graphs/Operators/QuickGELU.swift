import Kernels

/// x·σ(1.702·x), element by element.
struct QuickGELU: Operator {
    let input: ValueID
    let output: ValueID

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [input] }

    func forward<R: Real>(_ run: Run<R>) {
        quickGELUForward(
            on: run.team,
            count: run.count(output),
            input: run[input],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        quickGELUBackward(
            on: run.team,
            count: run.count(output),
            input: run[input],
            dOutput: run.gradient(output),
            dInput: run.gradient(input)
        )
    }
}

extension GraphBuilder {
    package mutating func quickGELU(_ input: ValueID, name: String) -> ValueID {
        let output = output(name, self[input].shape, of: [input])
        append(QuickGELU(input: input, output: output))
        return output
    }
}
