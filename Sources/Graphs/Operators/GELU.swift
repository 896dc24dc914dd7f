import Kernels

/// The exact GELU, elementwise.
struct GELU: Operator {
    let input: ValueID
    let output: ValueID

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [input] }

    func forward<R: Real>(_ run: Run<R>) {
        geluForward(on: run.team, count: run.count(input), input: run[input], output: run.output(output))
    }

    func backward<R: Real>(_ run: Run<R>) {
        geluBackward(
            on: run.team,
            count: run.count(input),
            input: run[input],
            dOutput: run.gradient(output),
            dInput: run.gradient(input)
        )
    }
}

extension GraphBuilder {
    package mutating func gelu(_ input: ValueID, name: String) -> ValueID {
        let output = output(name, self[input].shape, of: [input])
        append(GELU(input: input, output: output))
        return output
    }
}
