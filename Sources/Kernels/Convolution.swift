import CKernels
import Threads

extension ConvolutionShape {
    /// Elements of the pixels' parts that a tile holds at once: they stay in the second-level cache.
    private static let gathered = 1 << 17

    /// Pixels of a tile whose parts have `width` elements each, even parts of `pixels`.
    fileprivate static func tile(of pixels: Int, width: Int) -> Int {
        let most = max(32, gathered / max(width, 1))
        let parts = (pixels + most - 1) / most
        return max(1, (pixels + parts - 1) / max(parts, 1))
    }

    /// Columns of the weight whose gradient is one tile.
    fileprivate static let gradientColumns = 256

    /// The product of some pixels of one group: parts · weightᵀ.
    package func forward(pixels: Int) -> MatrixProduct {
        MatrixProduct(
            rows: pixels,
            columns: groupOutputs,
            inner: kernelElements,
            transposeRight: true,
            outputStride: outputs
        )
    }

    /// dW = dyᵀ · parts of some columns of the weight.
    package func weightGradient(pixels: Int, columns: Int) -> MatrixProduct {
        MatrixProduct(
            rows: groupOutputs,
            columns: columns,
            inner: pixels,
            transposeLeft: true,
            leftStride: outputs,
            outputStride: kernelElements
        )
    }

    /// dx = dy · weight of one tap.
    package func inputGradient(pixels: Int) -> MatrixProduct {
        MatrixProduct(
            rows: pixels,
            columns: groupChannels,
            inner: groupOutputs,
            rightStride: kernelElements,
            outputStride: channels
        )
    }

    /// Runs `body` on tiles of `pixels` pixels of each group, with room for `width` elements for each pixel.
    ///
    /// * `rounded`: whether there is room for them in bfloat16, too
    fileprivate func tiles<R: Real>(
        on team: Team,
        _ pixels: Int,
        width: Int,
        rounded: Bool,
        _ body: (_ group: Int, _ pixels: Range<Int>, _ room: Room<R>) -> Void
    ) {
        let height = Self.tile(of: pixels, width: width)
        let tiles = (pixels + height - 1) / height
        team.run(groups * tiles) { index in
            let (tile, group) = index.quotientAndRemainder(dividingBy: groups)
            let range = tile * height..<min((tile + 1) * height, pixels)
            let room = Room<R>(range.count * width, rounded: rounded)
            defer { room.deallocate() }
            body(group, range, room)
        }
    }
}

/// Room for a tile's parts of pixels and, where products are in bfloat16, for these rounded.
private struct Room<R: Real> {
    let parts: UnsafeMutablePointer<R>
    private let rounded: UnsafeMutablePointer<UInt16>?

    init(_ count: Int, rounded: Bool) {
        parts = .allocate(capacity: count)
        self.rounded = rounded ? .allocate(capacity: count) : nil
    }

    func deallocate() {
        parts.deallocate()
        rounded?.deallocate()
    }

    /// The first `count` parts in bfloat16.
    func roundedParts(_ count: Int) -> UnsafePointer<UInt16> {
        guard let rounded else { preconditionFailure("no product in bfloat16 was planned for") }
        R.kernels.roundToBFloat16(count, UnsafePointer(parts), rounded)
        return UnsafePointer(rounded)
    }
}

/// A convolution's weight in bfloat16, and where the gradient of its output is rounded to.
package struct RoundedConvolution {
    package let weight: UnsafePointer<UInt16>
    /// As many as the output has elements.
    package let dOutput: UnsafeMutablePointer<UInt16>

    package init(weight: UnsafePointer<UInt16>, dOutput: UnsafeMutablePointer<UInt16>) {
        self.weight = weight
        self.dOutput = dOutput
    }
}

/// y = Σ over the kernel's taps of x·W, + b, and what `epilogue` says: some pixels at a time, what they are made of side by side as a matrix.
///
/// * `input`: images × height × width × channels
/// * `weight`: outputs × taps × channels of a group
/// * `rounded`: makes the products in bfloat16 instead, by this weight
/// * `epilogue`: of outputs columns
/// * `output`: images × output height × output width × outputs
@specialized(where R == Float)
package func convolutionForward<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    rounded: RoundedConvolution? = nil,
    epilogue: Epilogue<R>,
    output: UnsafeMutablePointer<R>
) {
    let width = shape.kernelElements
    shape.tiles(on: team, images * shape.outputPixels, width: width, rounded: rounded != nil) {
        (group, pixels, room: Room<R>) in
        R.kernels.gatherColumns(
            shape.geometry,
            pixels.lowerBound,
            pixels.count,
            group * shape.groupChannels,
            0,
            width,
            input,
            room.parts
        )
        let first = group * shape.groupOutputs
        let start = pixels.lowerBound * shape.outputs + first
        let target = epilogue.place(in: output) + start
        let product = shape.forward(pixels: pixels.count)
        if let rounded {
            let parts = room.roundedParts(pixels.count * width)
            R.kernels.roundedProduct(product.whole, parts, rounded.weight + first * width, false, target)
        } else {
            multiply(product, room.parts, weight + first * width, into: target)
        }
        epilogue.finish(
            rows: pixels.count,
            stride: shape.outputs,
            columns: shape.groupOutputs,
            first: first,
            start: start,
            output: output
        )
    }
}

/// The gradient of `convolutionForward` by its input, tap by tap.
///
/// * `rounded`: makes the products in bfloat16 instead, after `convolutionBackwardParameters` has rounded `dOutput`
@specialized(where R == Float)
package func convolutionBackwardInput<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    weight: UnsafePointer<R>,
    rounded: RoundedConvolution? = nil,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    let isDense = shape.stride == ConvolutionShape.Size(1, 1)
    (isDense ? gatherInputGradient : scatterInputGradient)(
        team,
        shape,
        images,
        weight,
        rounded,
        dOutput,
        dInput,
        adding
    )
}

/// Every pixel of the input gathers from the outputs that read it: with a stride of 1 almost all pixels do so with every tap.
private func gatherInputGradient<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    weight: UnsafePointer<R>,
    rounded: RoundedConvolution?,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    let width = shape.groupOutputs
    shape.tiles(on: team, images * shape.inputPixels, width: width, rounded: rounded != nil) {
        (group, pixels, room: Room<R>) in
        let product = shape.inputGradient(pixels: pixels.count)
        let first = group * width
        let target = dInput + pixels.lowerBound * shape.channels + group * shape.groupChannels
        for tap in 0..<shape.taps {
            R.kernels.gatherGradients(
                shape.geometry,
                pixels.lowerBound,
                pixels.count,
                tap,
                first,
                width,
                shape.outputs,
                dOutput,
                room.parts
            )
            let row = first * shape.kernelElements + tap * shape.groupChannels
            let adds = adding || tap > 0
            if let rounded {
                let parts = room.roundedParts(pixels.count * width)
                R.kernels.roundedProduct(product.whole, parts, rounded.weight + row, adds, target)
            } else {
                multiply(product, room.parts, weight + row, keeping: adds ? 1 : 0, into: target)
            }
        }
    }
}

/// Every pixel of the output adds to the inputs that it reads; a tile is some channels of an image, so that no two add to the
/// same.
private func scatterInputGradient<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    weight: UnsafePointer<R>,
    rounded: RoundedConvolution?,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    if !adding { dInput.update(repeating: 0, count: images * shape.inputPixels * shape.channels) }
    let across = (shape.groupChannels + Tiling.columns - 1) / Tiling.columns
    let most = (shape.groupChannels + across - 1) / across
    let height = ConvolutionShape.tile(of: shape.outputPixels, width: most)
    team.run(images * shape.groups * across) { index in
        let (image, rest) = index.quotientAndRemainder(dividingBy: shape.groups * across)
        let (group, part) = rest.quotientAndRemainder(dividingBy: across)
        let channels = part * most..<min((part + 1) * most, shape.groupChannels)
        let room = UnsafeMutablePointer<R>.allocate(capacity: height * most)
        defer { room.deallocate() }
        let first = group * shape.groupOutputs
        for start in stride(from: 0, to: shape.outputPixels, by: height) {
            let count = min(height, shape.outputPixels - start)
            let pixel = image * shape.outputPixels + start
            for tap in 0..<shape.taps {
                let column = tap * shape.groupChannels + channels.lowerBound
                let product = MatrixProduct(
                    rows: count,
                    columns: channels.count,
                    inner: shape.groupOutputs,
                    leftStride: shape.outputs,
                    rightStride: shape.kernelElements
                )
                let (left, right) = (
                    pixel * shape.outputs + first, first * shape.kernelElements + column
                )
                if let rounded {
                    let dOutput = UnsafePointer(rounded.dOutput)
                    R.kernels.roundedProduct(
                        product.whole,
                        dOutput + left,
                        rounded.weight + right,
                        false,
                        room
                    )
                } else {
                    multiply(product, dOutput + left, weight + right, into: room)
                }
                R.kernels.scatterGradients(
                    shape.geometry,
                    pixel,
                    count,
                    tap,
                    group * shape.groupChannels + channels.lowerBound,
                    channels.count,
                    room,
                    dInput
                )
            }
        }
    }
}

/// The gradients of `convolutionForward` by its weight and bias, summed over the pixels in their order.
///
/// A tile is some columns of a group's weight.
///
/// * `rounded`: makes the products in bfloat16 instead, and rounds `dOutput` there
@specialized(where R == Float)
package func convolutionBackwardParameters<R: Real>(
    on team: Team,
    _ shape: ConvolutionShape,
    images: Int,
    input: UnsafePointer<R>,
    rounded: RoundedConvolution? = nil,
    dOutput: UnsafePointer<R>,
    dWeight: UnsafeMutablePointer<R>,
    dBias: UnsafeMutablePointer<R>?,
    adding: Bool
) {
    let pixels = images * shape.outputPixels
    let width = shape.kernelElements
    let across = (width + ConvolutionShape.gradientColumns - 1) / ConvolutionShape.gradientColumns
    let most = (width + across - 1) / across
    let height = ConvolutionShape.tile(of: pixels, width: most)
    let productTiles = shape.groups * across
    if let rounded { round(on: team, (pixels * shape.outputs, dOutput), into: rounded.dOutput) }
    let biasTiles = dBias == nil ? 0 : (shape.outputs + Tiling.columns - 1) / Tiling.columns
    team.run(productTiles + biasTiles) { index in
        guard index < productTiles else {
            guard let dBias else { return }
            let first = (index - productTiles) * Tiling.columns
            let count = min(Tiling.columns, shape.outputs - first)
            R.kernels.columnSums(pixels, shape.outputs, count, dOutput + first, dBias + first, adding)
            return
        }
        let (group, part) = index.quotientAndRemainder(dividingBy: across)
        let columns = part * most..<min((part + 1) * most, width)
        let room = Room<R>(height * most, rounded: rounded != nil)
        defer { room.deallocate() }
        let first = group * shape.groupOutputs
        for start in stride(from: 0, to: pixels, by: height) {
            let count = min(height, pixels - start)
            R.kernels.gatherColumns(
                shape.geometry,
                start,
                count,
                group * shape.groupChannels,
                columns.lowerBound,
                columns.upperBound,
                input,
                room.parts
            )
            let product = shape.weightGradient(pixels: count, columns: columns.count)
            let left = start * shape.outputs + first
            let target = dWeight + first * width + columns.lowerBound
            let adds = adding || start > 0
            if let rounded {
                let (dOutput, parts) = (
                    UnsafePointer(rounded.dOutput), room.roundedParts(count * columns.count)
                )
                R.kernels.roundedProduct(product.whole, dOutput + left, parts, adds, target)
            } else {
                multiply(product, dOutput + left, room.parts, keeping: adds ? 1 : 0, into: target)
            }
        }
    }
}
