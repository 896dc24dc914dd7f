import Kernels

/// A value made of parameters alone, once for every sample.
struct Spread: Operator {
    let input: ValueID
    let output: ValueID

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { [input] }

    func forward<R: Real>(_ run: Run<R>) {
        let count = run.graph[input].count
        let (source, target) = (run[input], run.output(output))
        run.team.run(run.batch(output)) { (target + $0 * count).update(from: source, count: count) }
    }

    func backward<R: Real>(_ run: Run<R>) {
        broadcastBackward(
            on: run.team,
            Broadcast(
                run.graph[input].shape,
                [],
                samples: run.batch(output),
                leftRepeats: true,
                rightRepeats: true
            ),
            isLeft: true,
            other: nil,
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

extension GraphBuilder {
    /// * returns the same value, of samples
    package mutating func spread(_ input: ValueID, name: String) -> ValueID {
        let output = perSample(name, self[input].shape, of: input)
        append(Spread(input: input, output: output))
        return output
    }
}
