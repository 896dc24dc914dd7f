import Kernels

/// y = x·scale + shift, a factor and a summand for each of the last dimension's places.
struct ColumnAffine: Operator {
    let input: ValueID
    let output: ValueID
    let scale: ValueID
    let shift: ValueID

    var inputs: [ValueID] { [input, scale, shift] }
    var backwardReads: [ValueID] { [input] }
    var addsTo: [ValueID] { inputs }
    var leavesUnwanted: Bool { true }

    func forward<R: Real>(_ run: Run<R>) {
        columnAffineForward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            input: run[input],
            scale: run[scale],
            shift: run[shift],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        columnAffineBackward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            input: run[input],
            scale: run[scale],
            dOutput: run.gradient(output),
            dInput: run.wanted(input),
            addInput: run.graph[input].needsGradient && run.adds(input),
            dScale: run.gradient(scale),
            dShift: run.gradient(shift),
            addParameters: run.adds(all: [scale, shift])
        )
    }
}

extension GraphBuilder {
    /// * `scale`, `shift`: as many as the input has columns
    package mutating func columnAffine(_ input: ValueID, scale: ValueID, shift: ValueID, name: String)
        throws(GraphError) -> ValueID
    {
        let columns = self[input].columns
        guard [scale, shift].allSatisfy({ self[$0].shape == [columns] && !self[$0].hasSamples }) else {
            throw GraphError(
                name,
                "\(self[input].shape) does not fit scale \(self[scale].shape), shift \(self[shift].shape)"
            )
        }
        let output = output(name, self[input].shape, of: [input, scale, shift])
        append(ColumnAffine(input: input, output: output, scale: scale, shift: shift))
        return output
    }

    /// The factor and the summand per channel that batch norm is where its statistics are given (Ioffe, Szegedy 2015):
    /// weight/√(variance + ε) and bias − mean·scale.
    ///
    /// A variance below zero, which a mixture may have, counts as zero.
    ///
    /// * `weight`, `bias`: nil for ones and zeros
    package mutating func batchNormCoefficients(
        weight: ValueID?,
        bias: ValueID?,
        mean: ValueID,
        variance: ValueID,
        epsilon: Double,
        name: String
    ) throws(GraphError) -> (scale: ValueID, shift: ValueID) {
        let clamped = elementwise(variance, .clamp(0, .infinity), name: "\(name).variance")
        let raised = elementwise(clamped, .affine(factor: 1, summand: epsilon), name: "\(name).raised")
        let rate = elementwise(raised, .reciprocalSquareRoot, name: "\(name).rate")
        let scale = try weight.map { weight throws(GraphError) in
            try product(weight, rate, name: "\(name).scale")
        }
        let moved = try product(mean, scale ?? rate, name: "\(name).moved")
        let shift = try bias.map { bias throws(GraphError) in
            try difference(bias, moved, name: "\(name).shift")
        }
        return (
            scale ?? rate, shift ?? elementwise(moved, .affine(factor: -1, summand: 0), name: "\(name).shift")
        )
    }
}
