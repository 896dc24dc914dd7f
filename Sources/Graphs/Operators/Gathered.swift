import Kernels

/// Places of one dimension, chosen by number: a table that is looked up, a shift, zeros at the ends.
struct Gathered: Operator {
    let input: ValueID
    let output: ValueID
    let gather: Gather
    /// Elements before the dimension and behind it, of a sample.
    let outer: Int
    let width: Int

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        gatherForward(
            on: run.team,
            gather,
            outer: run.batch(input) * outer,
            width: width,
            input: run[input],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        gatherBackward(
            on: run.team,
            gather,
            outer: run.batch(input) * outer,
            width: width,
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

extension GraphBuilder {
    /// * `dimension`: of a sample
    /// * `places`: by place in the output, that in the input, or −1 for zero
    package mutating func gathered(_ input: ValueID, _ dimension: Int, _ places: [Int], name: String)
        throws(GraphError) -> ValueID
    {
        let shape = self[input].shape
        guard shape.indices.contains(dimension), !places.isEmpty,
            places.allSatisfy({ (-1..<shape[dimension]).contains($0) })
        else {
            throw GraphError(name, "places of dimension \(dimension) of \(shape) expected, others found")
        }
        var result = shape
        result[dimension] = places.count
        let output = output(name, result, of: [input])
        append(
            Gathered(
                input: input,
                output: output,
                gather: Gather(places, of: shape[dimension]),
                outer: shape[..<dimension].reduce(1, *),
                width: shape[(dimension + 1)...].reduce(1, *)
            )
        )
        return output
    }
}
