import Kernels

/// The mean over a range of tokens; a range of one selects it (the class token).
struct TokenMean: Operator {
    let input: ValueID
    let output: ValueID
    let range: Range<Int>

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        let shape = run.graph[input]
        meanTokensForward(
            on: run.team,
            batch: run.batch(input),
            tokens: shape.rows,
            range: range,
            channels: shape.columns,
            input: run[input],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let shape = run.graph[input]
        meanTokensBackward(
            on: run.team,
            batch: run.batch(input),
            tokens: shape.rows,
            range: range,
            channels: shape.columns,
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            addInput: run.adds(input)
        )
    }
}

extension GraphBuilder {
    /// * returns 1 × channels per sample
    package mutating func tokenMean(_ input: ValueID, range: Range<Int>, name: String) -> ValueID {
        let output = output(name, [1, self[input].columns], of: [input])
        append(TokenMean(input: input, output: output, range: range))
        return output
    }
}
