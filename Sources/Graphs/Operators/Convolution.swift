import Kernels

/// A convolution of images that are stored pixel by pixel.
struct Convolution: Operator {
    let input: ValueID
    let output: ValueID
    let weight: ValueID
    let bias: ValueID?
    let shape: ConvolutionShape
    /// Images of a sample.
    let images: Int

    var inputs: [ValueID] { [input, weight] + (bias.map { [$0] } ?? []) }
    var backwardReads: [ValueID] { [input] }
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

    func forward<R: Real>(_ run: Run<R>) {
        (shape.isDepthwise ? depthwiseForward : convolutionForward)(
            run.team,
            shape,
            run.batch(input) * images,
            run[input],
            run[weight],
            bias.map { run[$0] },
            run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let dOutput = UnsafePointer(run.gradient(output))
        let count = run.batch(input) * images
        (shape.isDepthwise ? depthwiseBackwardParameters : convolutionBackwardParameters)(
            run.team,
            shape,
            count,
            run[input],
            dOutput,
            run.gradient(weight),
            bias.map { run.gradient($0) },
            run.adds(all: [weight] + (bias.map { [$0] } ?? []))
        )
        guard let dInput = run.wanted(input) else { return }
        (shape.isDepthwise ? depthwiseBackwardInput : convolutionBackwardInput)(
            run.team,
            shape,
            count,
            run[weight],
            dOutput,
            dInput,
            run.adds(input)
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
