import Kernels

/// A factor per channel on every token of a branch.
struct LayerScale: Operator {
    let input: ValueID
    let output: ValueID
    let scale: ParameterID

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [input] }

    func forward<R: Real>(_ run: Run<R>) {
        layerScaleForward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            input: run[input],
            scale: run[scale],
            output: run[output]
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        layerScaleBackward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            input: run[input],
            scale: run[scale],
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            dScale: run.gradient(scale),
            addParameters: run.addsParameters
        )
    }
}

extension GraphBuilder {
    package mutating func layerScale(
        _ input: ValueID,
        parameter name: String,
        name output: String,
        layer: String
    )
        -> ValueID
    {
        let shape = self[input]
        let scale = parameter(name, [shape.columns], layer: layer)
        let output = value(output, rows: shape.rows, columns: shape.columns)
        append(LayerScale(input: input, output: output, scale: scale))
        return output
    }
}
