import Kernels

/// A value times a number.
struct Scaled: Operator {
    let input: ValueID
    let output: ValueID
    let factor: Double

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }

    func forward<R: Real>(_ run: Run<R>) {
        scale(on: run.team, count: run.count(input), R(factor), run[input], into: run.output(output))
    }

    func backward<R: Real>(_ run: Run<R>) {
        scale(
            on: run.team,
            count: run.count(input),
            R(factor),
            run.gradient(output),
            into: run.gradient(input)
        )
    }
}

extension GraphBuilder {
    package mutating func scaled(_ input: ValueID, by factor: Double, name: String) -> ValueID {
        let output = output(name, self[input].shape, of: [input])
        append(Scaled(input: input, output: output, factor: factor))
        return output
    }
}
