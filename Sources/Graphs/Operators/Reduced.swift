import Kernels

/// Sums over some dimensions, times a factor: 1 over their size for means.
struct Reduced: Operator {
    let input: ValueID
    /// With sizes of 1 where it was summed over.
    let output: ValueID
    let factor: Double

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        broadcastBackward(
            on: run.team,
            run.broadcast(input, output),
            isLeft: false,
            other: nil,
            factor: R(factor),
            dOutput: run[input],
            dInput: run.output(output),
            adding: false
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        repeatForward(
            on: run.team,
            run.broadcast(output, input),
            factor: R(factor),
            run.gradient(output),
            into: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

/// The other way round: a value repeated along dimensions of size 1.
struct Repeated: Operator {
    let input: ValueID
    let output: ValueID

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        repeatForward(on: run.team, run.broadcast(input, output), run[input], into: run.output(output))
    }

    func backward<R: Real>(_ run: Run<R>) {
        broadcastBackward(
            on: run.team,
            run.broadcast(output, input),
            isLeft: false,
            other: nil,
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

extension GraphBuilder {
    /// Sums over dimensions of a sample, which stay as sizes of 1.
    package mutating func reduced(
        _ input: ValueID,
        over dimensions: Set<Int>,
        factor: Double = 1,
        name: String
    ) throws(GraphError) -> ValueID {
        let shape = self[input].shape
        guard dimensions.isSubset(of: Set(shape.indices)) else {
            throw GraphError(name, "\(dimensions.sorted()) are no dimensions of \(shape)")
        }
        let result = shape.enumerated().map { dimensions.contains($0.offset) ? 1 : $0.element }
        let output = output(name, result, of: [input])
        append(Reduced(input: input, output: output, factor: factor))
        return output
    }

    /// * `shape`: of a sample, with as many dimensions
    package mutating func repeated(_ input: ValueID, to shape: [Int], name: String) throws(GraphError)
        -> ValueID
    {
        let own = self[input].shape
        guard own.count == shape.count, Broadcast.shape(own, shape) == shape else {
            throw GraphError(name, "\(own) cannot be repeated to \(shape)")
        }
        let output = output(name, shape, of: [input])
        append(Repeated(input: input, output: output))
        return output
    }
}
