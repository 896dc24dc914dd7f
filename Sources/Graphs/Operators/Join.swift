import Kernels

/// Values one behind the other along a dimension.
struct Join: Operator {
    let parts: [ValueID]
    let output: ValueID
    /// By part, its place in the output.
    let places: [Rearrangement]

    var inputs: [ValueID] { parts }
    var backwardReads: [ValueID] { [] }
    var leavesUnwanted: Bool { true }

    func forward<R: Real>(_ run: Run<R>) {
        // Each part overwrites its own place alone.
        for (part, place) in zip(parts, places) {
            rearrangeBack(
                on: run.team,
                place,
                samples: run.batch(output),
                run[part],
                into: run.output(output),
                adding: false,
                clearing: false
            )
        }
    }

    func backward<R: Real>(_ run: Run<R>) {
        for (part, place) in zip(parts, places) {
            guard let gradient = run.wanted(part) else { continue }
            rearrange(on: run.team, place, samples: run.batch(output), run.gradient(output), into: gradient)
        }
    }
}

extension GraphBuilder {
    /// * `dimension`: of a sample; all others agree
    package mutating func join(_ parts: [ValueID], _ dimension: Int, name: String)
        throws(GraphError) -> ValueID
    {
        let shapes = parts.map { self[$0].shape }
        func others(_ shape: [Int]) -> [Int] {
            shape.enumerated().filter { $0.offset != dimension }.map(\.element)
        }
        guard let first = shapes.first, first.indices.contains(dimension),
            shapes.allSatisfy({ $0.count == first.count && others($0) == others(first) }),
            Set(parts.map { self[$0].hasSamples }).count == 1
        else { throw GraphError(name, "\(shapes) cannot be joined along dimension \(dimension)") }
        var shape = first
        shape[dimension] = shapes.reduce(0) { $0 + $1[dimension] }
        let whole = Rearrangement(shape)
        var start = 0
        let places = shapes.map { part in
            defer { start += part[dimension] }
            return whole.sliced(dimension, start..<start + part[dimension])
        }
        let output = output(name, shape, of: parts)
        append(Join(parts: parts, output: output, places: places))
        return output
    }
}
