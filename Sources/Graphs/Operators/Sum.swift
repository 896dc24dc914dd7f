import Kernels

/// left + factor·right, each repeated along dimensions in which the other is larger.
struct Sum: Operator {
    let left: ValueID
    let right: ValueID
    let output: ValueID
    /// 1, or −1 for a difference.
    let factor: Double

    var inputs: [ValueID] { [left, right] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { inputs }
    var leavesUnwanted: Bool { true }

    func forward<R: Real>(_ run: Run<R>) {
        guard run.isPlain(left, right), factor == 1 else {
            let shape = run.broadcast(left, right)
            return addForward(
                on: run.team,
                shape,
                run[left],
                factor: R(factor),
                run[right],
                into: run.output(output)
            )
        }
        add(on: run.team, count: run.count(output), run[left], run[right], into: run.output(output))
    }

    func backward<R: Real>(_ run: Run<R>) {
        for input in inputs where run.graph[input].needsGradient {
            let (dOutput, dInput) = (UnsafePointer(run.gradient(output)), run.gradient(input))
            let isLeft = input == left
            guard run.isPlain(left, right), isLeft || factor == 1 else {
                broadcastBackward(
                    on: run.team,
                    run.broadcast(left, right),
                    isLeft: isLeft,
                    other: nil,
                    factor: isLeft ? 1 : R(factor),
                    dOutput: dOutput,
                    dInput: dInput,
                    adding: run.adds(input)
                )
                continue
            }
            copy(
                on: run.team,
                count: run.count(output),
                dOutput,
                into: dInput,
                adding: run.adds(input)
            )
        }
    }
}

extension Run {
    /// Whether both arrays have the same shape and as many samples.
    fileprivate func isPlain(_ left: ValueID, _ right: ValueID) -> Bool {
        graph[left].shape == graph[right].shape && graph[left].hasSamples == graph[right].hasSamples
    }

    func broadcast(_ left: ValueID, _ right: ValueID) -> Broadcast {
        let hasSamples = graph[left].hasSamples || graph[right].hasSamples
        return Broadcast(
            graph[left].shape,
            graph[right].shape,
            samples: hasSamples ? samples : 1,
            leftRepeats: hasSamples && !graph[left].hasSamples,
            rightRepeats: hasSamples && !graph[right].hasSamples
        )
    }
}

extension GraphBuilder {
    package mutating func sum(_ left: ValueID, _ right: ValueID, name: String) throws(GraphError) -> ValueID {
        try sum(left, right, factor: 1, name: name)
    }

    package mutating func difference(_ left: ValueID, _ right: ValueID, name: String)
        throws(GraphError) -> ValueID
    {
        try sum(left, right, factor: -1, name: name)
    }

    /// left + factor·right.
    package mutating func sum(_ left: ValueID, _ right: ValueID, factor: Double, name: String)
        throws(GraphError) -> ValueID
    {
        let output = output(name, try broadcastShape(left, right, name: name), of: [left, right])
        append(Sum(left: left, right: right, output: output, factor: factor))
        return output
    }

    func broadcastShape(_ left: ValueID, _ right: ValueID, name: String) throws(GraphError) -> [Int] {
        guard let shape = Broadcast.shape(self[left].shape, self[right].shape) else {
            throw GraphError(name, "\(self[left].shape) and \(self[right].shape) do not go together")
        }
        return shape
    }
}
