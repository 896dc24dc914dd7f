import CKernels
import Threads

extension ConvolutionShape {
    /// The image that a block of channels is read from, with zeros around it.
    fileprivate var padded: Size {
        Size(
            (output.height - 1) * stride.height + dilation.height * (kernel.height - 1) + 1,
            (output.width - 1) * stride.width + dilation.width * (kernel.width - 1) + 1
        )
    }

    /// The image of the output's gradient with zeros between its pixels and around them, from which the input's is read.
    fileprivate var spread: Size {
        Size(
            input.height + dilation.height * (kernel.height - 1),
            input.width + dilation.width * (kernel.width - 1)
        )
    }

    /// The convolution that makes the input's gradient of that image.
    fileprivate var backward: ck_convolution {
        var shape = geometry
        (shape.output_height, shape.output_width) = (input.height, input.width)
        (shape.stride_y, shape.stride_x) = (1, 1)
        return shape
    }

    private static let blockLength = CK_BLOCK

    fileprivate var blocks: Int { (channels + Self.blockLength - 1) / Self.blockLength }

    /// Channels of a block: where it starts, and how many of it there are.
    fileprivate func block(_ index: Int) -> (first: Int, count: Int) {
        (index * Self.blockLength, min(Self.blockLength, channels - index * Self.blockLength))
    }

    /// The weights of some channels, taps × a block, zero in channels that are not there.
    ///
    /// * `isTurned`: the last tap first
    fileprivate func gather<R: Real>(
        _ weight: UnsafePointer<R>,
        _ channels: (first: Int, count: Int),
        isTurned: Bool = false,
        into block: UnsafeMutablePointer<R>
    ) {
        block.update(repeating: 0, count: taps * Self.blockLength)
        for channel in 0..<channels.count {
            let source = weight + (channels.first + channel) * taps
            for tap in 0..<taps {
                block[(isTurned ? taps - 1 - tap : tap) * Self.blockLength + channel] = source[tap]
            }
        }
    }

    /// Runs `body` with room for `pixels` pixels of a block, and for its weights; what is in it is not said.
    fileprivate func withRoom<R: Real>(
        _ pixels: Int,
        _ body: (_ image: UnsafeMutablePointer<R>, _ weights: UnsafeMutablePointer<R>) -> Void
    ) {
        let room = UnsafeMutablePointer<R>.allocate(capacity: (pixels + taps) * Self.blockLength)
        defer { room.deallocate() }
        body(room, room + pixels * Self.blockLength)
    }
}

/// `convolutionForward` where every channel has a kernel of its own; a tile is a block of channels of an image.
///
/// * `weight`: channels × taps
@specialized(where R == Float)
package func depthwiseForward<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    epilogue: Epilogue<R>,
    output: UnsafeMutablePointer<R>
) {
    let padded = shape.padded
    let rest = Epilogue(residual: epilogue.residual, function: epilogue.function, kept: epilogue.kept)
    team.run(images * shape.blocks) { index in
        let (image, part) = index.quotientAndRemainder(dividingBy: shape.blocks)
        let channels = shape.block(part)
        let start = image * shape.outputPixels * shape.channels + channels.first
        shape.withRoom(padded.height * padded.width) { (room: UnsafeMutablePointer<R>, weights) in
            shape.gather(weight, channels, into: weights)
            R.kernels.padBlock(
                shape.input.height,
                shape.input.width,
                shape.channels,
                channels.count,
                1,
                1,
                shape.padding.height,
                shape.padding.width,
                padded.height,
                padded.width,
                input + image * shape.inputPixels * shape.channels + channels.first,
                room
            )
            R.kernels.depthwiseBlock(
                shape.geometry,
                padded.width,
                channels.count,
                shape.channels,
                room,
                weights,
                epilogue.bias.map { $0 + channels.first },
                epilogue.place(in: output) + start,
                false
            )
        }
        rest.finish(
            rows: shape.outputPixels,
            stride: shape.channels,
            columns: channels.count,
            first: channels.first,
            start: start,
            output: output
        )
    }
}

/// The gradient of `depthwiseForward` by its input: a convolution by the kernels turned round.
@specialized(where R == Float)
package func depthwiseBackwardInput<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    weight: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    let spread = shape.spread
    let margin = (
        shape.dilation.height * (shape.kernel.height - 1) - shape.padding.height,
        shape.dilation.width * (shape.kernel.width - 1) - shape.padding.width
    )
    team.run(images * shape.blocks) { index in
        let (image, part) = index.quotientAndRemainder(dividingBy: shape.blocks)
        let channels = shape.block(part)
        shape.withRoom(spread.height * spread.width) { (room: UnsafeMutablePointer<R>, weights) in
            shape.gather(weight, channels, isTurned: true, into: weights)
            R.kernels.padBlock(
                shape.output.height,
                shape.output.width,
                shape.channels,
                channels.count,
                shape.stride.height,
                shape.stride.width,
                margin.0,
                margin.1,
                spread.height,
                spread.width,
                dOutput + image * shape.outputPixels * shape.channels + channels.first,
                room
            )
            R.kernels.depthwiseBlock(
                shape.backward,
                spread.width,
                channels.count,
                shape.channels,
                room,
                weights,
                nil,
                dInput + image * shape.inputPixels * shape.channels + channels.first,
                adding
            )
        }
    }
}

/// The gradients of `depthwiseForward` by its weight and bias, over the images in their order; a tile is a block of channels.
@specialized(where R == Float)
package func depthwiseBackwardParameters<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    input: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dWeight: UnsafeMutablePointer<R>,
    dBias: UnsafeMutablePointer<R>?,
    adding: Bool
) {
    let padded = shape.padded
    let (paddedPixels, block) = (padded.height * padded.width, CK_BLOCK)
    team.run(shape.blocks) { part in
        let channels = shape.block(part)
        shape.withRoom(paddedPixels + shape.outputPixels) { (room: UnsafeMutablePointer<R>, sums) in
            let gradient = room + paddedPixels * block
            sums.initialize(repeating: 0, count: shape.taps * block)
            for image in 0..<images {
                R.kernels.padBlock(
                    shape.input.height,
                    shape.input.width,
                    shape.channels,
                    channels.count,
                    1,
                    1,
                    shape.padding.height,
                    shape.padding.width,
                    padded.height,
                    padded.width,
                    input + image * shape.inputPixels * shape.channels + channels.first,
                    room
                )
                R.kernels.padBlock(
                    shape.output.height,
                    shape.output.width,
                    shape.channels,
                    channels.count,
                    1,
                    1,
                    0,
                    0,
                    shape.output.height,
                    shape.output.width,
                    dOutput + image * shape.outputPixels * shape.channels + channels.first,
                    gradient
                )
                R.kernels.depthwiseBlockWeights(shape.geometry, padded.width, room, gradient, sums)
            }
            for channel in 0..<channels.count {
                let target = dWeight + (channels.first + channel) * shape.taps
                for tap in 0..<shape.taps {
                    let sum = sums[tap * block + channel]
                    target[tap] = adding ? target[tap] + sum : sum
                }
            }
            guard let dBias else { return }
            R.kernels.columnSums(
                images * shape.outputPixels,
                shape.channels,
                channels.count,
                dOutput + channels.first,
                dBias + channels.first,
                adding
            )
        }
    }
}
