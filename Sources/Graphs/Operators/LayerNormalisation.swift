import Kernels

/// Layer norm or RMS norm over the channels of every token.
struct LayerNormalisation: Operator {
    let input: ValueID
    let output: ValueID
    let mean: ValueID
    let rstd: ValueID
    let weight: ValueID
    let bias: ValueID
    let isCentred: Bool
    let epsilon: Double

    var inputs: [ValueID] { [input, weight, bias] }
    var kept: [ValueID] { [mean, rstd] }
    var backwardReads: [ValueID] { [input, mean, rstd] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        layerNormForward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            isCentred: isCentred,
            epsilon: R(epsilon),
            input: run[input],
            weight: run[weight],
            bias: run[bias],
            output: run.output(output),
            mean: run.output(mean),
            rstd: run.output(rstd)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        layerNormBackward(
            on: run.team,
            rows: run.rows(input),
            channels: run.graph[input].columns,
            isCentred: isCentred,
            input: run[input],
            weight: run[weight],
            mean: run[mean],
            rstd: run[rstd],
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            addInput: run.adds(input),
            dWeight: run.gradient(weight),
            dBias: run.gradient(bias),
            addParameters: run.adds(all: [weight, bias])
        )
    }
}

extension GraphBuilder {
    package mutating func layerNorm(_ input: ValueID, epsilon: Double, name: String, layer: String) -> ValueID
    {
        let weight = parameter("\(name).weight", [self[input].columns], layer: layer)
        let bias = parameter("\(name).bias", [self[input].columns], layer: layer)
        return layerNorm(input, weight: weight, bias: bias, epsilon: epsilon, name: name)
    }

    /// * `weight`, `bias`: as many as the input has columns
    /// * `isCentred`: false for an RMS norm, which takes no mean away
    package mutating func layerNorm(
        _ input: ValueID,
        weight: ValueID,
        bias: ValueID,
        isCentred: Bool = true,
        epsilon: Double,
        name: String
    ) -> ValueID {
        let shape = self[input]
        let output = output(name, shape.shape, of: [input, weight, bias])
        let mean = own("\(name).mean", [shape.rows, 1], beside: output)
        let rstd = own("\(name).rstd", [shape.rows, 1], beside: output)
        append(
            LayerNormalisation(
                input: input,
                output: output,
                mean: mean,
                rstd: rstd,
                weight: weight,
                bias: bias,
                isCentred: isCentred,
                epsilon: epsilon
            )
        )
        return output
    }
}
