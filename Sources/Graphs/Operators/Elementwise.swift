import Kernels

/// A function of every element.
struct Elementwise: Operator {
    let input: ValueID
    let output: ValueID
    let function: Function

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [function.isKnownByOutput ? output : input] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        functionForward(
            on: run.team,
            function,
            count: run.count(output),
            input: run[input],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        functionBackward(
            on: run.team,
            function,
            count: run.count(output),
            value: run[function.isKnownByOutput ? output : input],
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

extension GraphBuilder {
    package mutating func elementwise(_ input: ValueID, _ function: Function, name: String) -> ValueID {
        let output = output(name, self[input].shape, of: [input])
        append(Elementwise(input: input, output: output, function: function))
        return output
    }
}
