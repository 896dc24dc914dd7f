import Kernels

/// A batch norm that takes mean and variance from its input, over all samples of a pass and all pixels, and tells what they
/// were (Ioffe, Szegedy 2015).
///
/// How a model's statistics are measured; it has no backward pass.
struct BatchNormalisation: Operator {
    let input: ValueID
    let output: ValueID
    /// Factor and summand per column.
    let coefficients: ValueID
    let weight: ValueID?
    let bias: ValueID?
    /// The parameters that what was seen is for.
    let mean: ValueID
    let variance: ValueID
    let epsilon: Double

    var inputs: [ValueID] { [input] + [weight, bias].compactMap(\.self) + [mean, variance] }
    var kept: [ValueID] { [coefficients] }
    var backwardReads: [ValueID] { [] }

    func forward<R: Real>(_ run: Run<R>) {
        guard let seenMeans = run.statistics(of: mean), let seenVariances = run.statistics(of: variance)
        else { preconditionFailure("nobody asked for statistics") }
        let (rows, columns) = (run.rows(input), run.graph[input].columns)
        columnMoments(
            on: run.team,
            rows: rows,
            columns: columns,
            input: run[input],
            means: seenMeans,
            variances: seenVariances
        )
        let scale = run.output(coefficients)
        let shift = scale + columns
        for column in 0..<columns {
            let rate = 1 / (seenVariances[column] + epsilon).squareRoot()
            let factor = (weight.map { Double(run[$0][column]) } ?? 1) * rate
            scale[column] = R(factor)
            shift[column] = R((bias.map { Double(run[$0][column]) } ?? 0) - seenMeans[column] * factor)
            // What is kept estimates the variance of all images, of which these are some.
            seenVariances[column] *= Double(rows) / Double(max(rows - 1, 1))
        }
        columnAffineForward(
            on: run.team,
            rows: rows,
            channels: columns,
            input: run[input],
            scale: scale,
            shift: shift,
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        preconditionFailure("a graph that measures statistics is not learned through")
    }
}

extension GraphBuilder {
    /// * `weight`, `bias`: nil for ones and zeros
    /// * `mean`, `variance`: the parameters that get what is seen
    package mutating func batchNormalisation(
        _ input: ValueID,
        weight: ValueID?,
        bias: ValueID?,
        mean: ValueID,
        variance: ValueID,
        epsilon: Double,
        name: String
    ) throws(GraphError) -> ValueID {
        let columns = self[input].columns
        let vectors = [weight, bias, mean, variance].compactMap(\.self)
        guard self[input].hasSamples, isParameter(mean), isParameter(variance),
            vectors.allSatisfy({ self[$0].shape == [columns] && !self[$0].hasSamples })
        else {
            throw GraphError(
                name,
                "\(self[input].shape) does not fit the norm of \(vectors.map { self[$0].shape })"
            )
        }
        let output = output(name, self[input].shape, of: [input] + vectors)
        append(
            BatchNormalisation(
                input: input,
                output: output,
                coefficients: own("\(name).coefficients", [2, columns], beside: output),
                weight: weight,
                bias: bias,
                mean: mean,
                variance: variance,
                epsilon: epsilon
            )
        )
        return output
    }
}
