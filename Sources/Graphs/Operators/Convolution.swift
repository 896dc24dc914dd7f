import Kernels

/// A convolution of images that are stored pixel by pixel, and what follows it.
struct Convolution: ProductOperator {
    let input: ValueID
    var output: ValueID
    let weight: ValueID
    let bias: ValueID?
    var epilogue = FusedEpilogue()
    let shape: ConvolutionShape
    /// Images of a sample.
    let images: Int

    var inputs: [ValueID] { [input, weight] + (bias.map { [$0] } ?? []) + epilogue.inputs }
    var keptInTraining: [ValueID] { epilogue.kept }
    var backwardReads: [ValueID] { [input] + epilogue.backwardReads(output) }
    var addsTo: [ValueID] { inputs }
    var leavesUnwanted: Bool { true }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        guard !shape.isDepthwise else { return ([], []) }
        let repeats = shape.groups
        let (outputs, inputs) = (batch * images * shape.outputPixels, batch * images * shape.inputPixels)
        func use(_ product: MatrixProduct, _ repeats: Int) -> ProductUse {
            ProductUse(shape: product, weight: .none, repeats: repeats)
        }
        let weightGradient = shape.weightGradient(pixels: outputs, columns: shape.kernelElements)
        let inputGradient = use(shape.inputGradient(pixels: inputs), repeats * shape.taps)
        return (
            [use(shape.forward(pixels: outputs), repeats)],
            [use(weightGradient, repeats)] + (graph[input].needsGradient ? [inputGradient] : [])
        )
    }

    func roundedWeight(in graph: Graph) -> (weight: ValueID, rowElements: Int)? {
        guard !shape.isDepthwise, graph[input].hasSamples, graph.canRound(weight) else { return nil }
        return (weight, graph[output].count)
    }

    func forward<R: Real>(_ run: Run<R>) {
        let (count, epilogue) = (run.batch(input) * images, epilogue.forward(run, bias: bias))
        guard !shape.isDepthwise else {
            depthwiseForward(
                on: run.team,
                shape,
                images: count,
                input: run[input],
                weight: run[weight],
                epilogue: epilogue,
                output: run.output(output)
            )
            return
        }
        convolutionForward(
            on: run.team,
            shape,
            images: count,
            input: run[input],
            weight: run[weight],
            rounded: rounded(run),
            epilogue: epilogue,
            output: run.output(output)
        )
    }

    private func rounded<R: Real>(_ run: Run<R>) -> RoundedConvolution? {
        run.rounded(weight).map { RoundedConvolution(weight: $0.weight, dOutput: $0.rows) }
    }

    func backward<R: Real>(_ run: Run<R>) {
        let dOutput = epilogue.backward(run, output)
        let count = run.batch(input) * images
        let (dWeight, dBias) = (run.gradient(weight), bias.map { run.gradient($0) })
        let adds = run.adds(all: [weight] + (bias.map { [$0] } ?? []))
        guard !shape.isDepthwise else {
            depthwiseBackwardParameters(
                on: run.team,
                shape,
                images: count,
                input: run[input],
                dOutput: dOutput,
                dWeight: dWeight,
                dBias: dBias,
                adding: adds
            )
            guard let dInput = run.wanted(input) else { return }
            depthwiseBackwardInput(
                on: run.team,
                shape,
                images: count,
                weight: run[weight],
                dOutput: dOutput,
                dInput: dInput,
                adding: run.adds(input)
            )
            return
        }
        let rounded = rounded(run)
        convolutionBackwardParameters(
            on: run.team,
            shape,
            images: count,
            input: run[input],
            rounded: rounded,
            dOutput: dOutput,
            dWeight: dWeight,
            dBias: dBias,
            adding: adds
        )
        guard let dInput = run.wanted(input) else { return }
        convolutionBackwardInput(
            on: run.team,
            shape,
            images: count,
            weight: run[weight],
            rounded: rounded,
            dOutput: dOutput,
            dInput: dInput,
            adding: run.adds(input)
        )
    }
}

extension GraphBuilder {
    /// * `input`: images × height × width × channels of a sample
    /// * `weight`: outputs × channels of a group × kernel height × kernel width, as PyTorch has it
    /// * `bias`: outputs
    /// * `padding`: zeros above and below, left and right
    /// * returns images × output height × output width × outputs
    package mutating func convolution(
        _ input: ValueID,
        weight: ValueID,
        bias: ValueID?,
        stride: ConvolutionShape.Size = ConvolutionShape.Size(1, 1),
        padding: (rows: (Int, Int), columns: (Int, Int)) = ((0, 0), (0, 0)),
        dilation: ConvolutionShape.Size = ConvolutionShape.Size(1, 1),
        groups: Int = 1,
        name: String
    ) throws(GraphError) -> ValueID {
        let (size, kernel) = (self[input].shape, self[weight].shape)
        guard size.count == 4, kernel.count == 4, !self[weight].hasSamples, groups > 0,
            kernel[1] == size[3] / groups,
            bias.map({ self[$0].shape == [kernel[0]] && !self[$0].hasSamples }) ?? true,
            let shape = ConvolutionShape(
                input: ConvolutionShape.Size(size[1], size[2]),
                channels: size[3],
                kernel: ConvolutionShape.Size(kernel[2], kernel[3]),
                outputs: kernel[0],
                groups: groups,
                stride: stride,
                padding: padding,
                dilation: dilation
            )
        else {
            let biased = bias.map { ", bias \(self[$0].shape)" } ?? ""
            throw GraphError(name, "images \(size) do not fit kernels \(kernel)\(biased), \(groups) groups")
        }
        if shape.isPointwise {
            let matrix = try view(weight, as: [kernel[0], kernel[1]])
            return try linear(input, weight: matrix, bias: bias, name: name)
        }
        var ordered = weight
        if !shape.isDepthwise, shape.taps > 1, shape.groupChannels > 1 {
            ordered = try permuted(weight, [0, 2, 3, 1], name: "\(name).weight")
        }
        let output = output(
            name,
            [size[0], shape.output.height, shape.output.width, shape.outputs],
            of: [input, weight] + (bias.map { [$0] } ?? [])
        )
        append(
            Convolution(
                input: input,
                output: output,
                weight: ordered,
                bias: bias,
                shape: shape,
                images: size[0]
            )
        )
        return output
    }
}
