import Kernels

/// A part of a value, or all of it, with its dimensions in another order.
struct Rearranged: Operator {
    let input: ValueID
    let output: ValueID
    let rearrangement: Rearrangement

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        rearrange(
            on: run.team,
            rearrangement,
            samples: run.batch(input),
            run[input],
            into: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        rearrangeBack(
            on: run.team,
            rearrangement,
            samples: run.batch(input),
            run.gradient(output),
            into: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

extension GraphBuilder {
    /// * `order`: which dimension comes first, second, …; of a sample
    package mutating func permuted(_ input: ValueID, _ order: [Int], name: String)
        throws(GraphError) -> ValueID
    {
        let shape = self[input].shape
        guard order.sorted() == Array(shape.indices) else {
            throw GraphError(name, "\(order) is no order of the dimensions of \(shape)")
        }
        return rearranged(input, Rearrangement(shape).permuted(order), name: name)
    }

    /// * `dimension`: of a sample
    package mutating func slice(_ input: ValueID, _ dimension: Int, _ range: Range<Int>, name: String)
        throws(GraphError) -> ValueID
    {
        let shape = self[input].shape
        guard shape.indices.contains(dimension), !range.isEmpty, range.lowerBound >= 0,
            range.upperBound <= shape[dimension]
        else { throw GraphError(name, "\(range) is no part of dimension \(dimension) of \(shape)") }
        return rearranged(input, Rearrangement(shape).sliced(dimension, range), name: name)
    }

    /// * `rearrangement`: of a sample
    package mutating func rearranged(_ input: ValueID, _ rearrangement: Rearrangement, name: String)
        -> ValueID
    {
        let output = output(name, rearrangement.shape, of: [input])
        append(Rearranged(input: input, output: output, rearrangement: rearrangement))
        return output
    }
}
