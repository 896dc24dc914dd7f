import Kernels

/// left · right element by element, each repeated along dimensions in which the other is larger.
struct Product: Operator {
    let left: ValueID
    let right: ValueID
    let output: ValueID

    var inputs: [ValueID] { [left, right] }
    var backwardReads: [ValueID] { [left, right] }
    var addsTo: [ValueID] { inputs }
    var leavesUnwanted: Bool { true }

    func forward<R: Real>(_ run: Run<R>) {
        multiplyForward(
            on: run.team,
            run.broadcast(left, right),
            run[left],
            run[right],
            into: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let shape = run.broadcast(left, right)
        for (input, other) in [(left, right), (right, left)] where run.graph[input].needsGradient {
            broadcastBackward(
                on: run.team,
                shape,
                isLeft: input == left,
                other: run[other],
                dOutput: run.gradient(output),
                dInput: run.gradient(input),
                adding: run.adds(input)
            )
        }
    }
}

extension GraphBuilder {
    package mutating func product(_ left: ValueID, _ right: ValueID, name: String)
        throws(GraphError) -> ValueID
    {
        let output = output(name, try broadcastShape(left, right, name: name), of: [left, right])
        append(Product(left: left, right: right, output: output))
        return output
    }

    /// A factor per channel (Touvron et al., "Going deeper with Image Transformers", ICCV 2021).
    package mutating func layerScale(
        _ input: ValueID,
        parameter: String,
        name: String,
        layer: String
    ) throws(GraphError) -> ValueID {
        try product(input, self.parameter(parameter, [self[input].columns], layer: layer), name: name)
    }
}
