import Testing
import Threads

@testable import Kernels

/// Convolutions against plain loops over all indices, forward and backward.
@Suite struct ConvolutionTests {
    typealias Size = ConvolutionShape.Size

    static let shapes: [ConvolutionShape] = [
        ConvolutionShape(input: Size(5, 6), channels: 3, kernel: Size(3, 3), outputs: 4),
        ConvolutionShape(
            input: Size(7, 6),
            channels: 4,
            kernel: Size(3, 2),
            outputs: 6,
            groups: 2,
            stride: Size(2, 1),
            padding: ((1, 0), (1, 2))
        ),
        ConvolutionShape(
            input: Size(9, 8),
            channels: 2,
            kernel: Size(3, 3),
            outputs: 2,
            stride: Size(2, 3),
            padding: ((2, 2), (2, 2)),
            dilation: Size(2, 2)
        ),
        ConvolutionShape(input: Size(4, 4), channels: 3, kernel: Size(1, 1), outputs: 5, stride: Size(2, 2)),
        ConvolutionShape(
            input: Size(3, 3),
            channels: 1,
            kernel: Size(3, 3),
            outputs: 2,
            padding: ((5, 5), (5, 5))
        ),
        // Depthwise: a whole block of channels and some more, and fewer than one.
        ConvolutionShape(
            input: Size(6, 9),
            channels: 19,
            kernel: Size(3, 3),
            outputs: 19,
            groups: 19,
            padding: ((1, 1), (1, 1))
        ),
        ConvolutionShape(
            input: Size(8, 7),
            channels: 5,
            kernel: Size(5, 5),
            outputs: 5,
            groups: 5,
            stride: Size(2, 2),
            padding: ((2, 2), (1, 2))
        ),
        ConvolutionShape(
            input: Size(9, 9),
            channels: 16,
            kernel: Size(3, 2),
            outputs: 16,
            groups: 16,
            stride: Size(1, 3),
            padding: ((0, 0), (0, 0)),
            dilation: Size(2, 3)
        ),
        // A kernel for each channel that may lie beside the image altogether.
        ConvolutionShape(
            input: Size(3, 3),
            channels: 2,
            kernel: Size(2, 2),
            outputs: 2,
            groups: 2,
            padding: ((3, 3), (3, 3))
        ),
    ].compactMap(\.self)

    /// Every product that makes up the output.
    private static func terms(
        _ shape: ConvolutionShape,
        images: Int,
        _ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void
    ) {
        for image in 0..<images {
            for y in 0..<shape.output.height {
                for x in 0..<shape.output.width {
                    for output in 0..<shape.outputs {
                        for tap in 0..<shape.taps {
                            let v =
                                y * shape.stride.height + tap / shape.kernel.width * shape.dilation.height
                                - shape.padding.height
                            let u =
                                x * shape.stride.width + tap % shape.kernel.width * shape.dilation.width
                                - shape.padding.width
                            guard (0..<shape.input.height).contains(v), (0..<shape.input.width).contains(u)
                            else { continue }
                            for channel in 0..<shape.groupChannels {
                                let group = output / shape.groupOutputs
                                let pixel = (image * shape.input.height + v) * shape.input.width + u
                                let place = (image * shape.output.height + y) * shape.output.width + x
                                body(
                                    pixel * shape.channels + group * shape.groupChannels + channel,
                                    (output * shape.taps + tap) * shape.groupChannels + channel,
                                    place * shape.outputs + output
                                )
                            }
                        }
                    }
                }
            }
        }
    }

    private func expectClose(_ found: [Double], _ expected: [Double], _ name: String) {
        #expect(found.count == expected.count)
        for (index, (a, b)) in zip(found, expected).enumerated() {
            #expect(abs(a - b) <= 1e-12 * (1 + abs(b)), "\(name)[\(index)]")
        }
    }

    @Test func allShapesAreSound() {
        #expect(Self.shapes.count == 9)
        #expect(Self.shapes.filter(\.isDepthwise).count == 3)
        #expect(ConvolutionShape(input: Size(2, 2), channels: 1, kernel: Size(3, 3), outputs: 1) == nil)
        #expect(
            ConvolutionShape(input: Size(4, 4), channels: 3, kernel: Size(1, 1), outputs: 4, groups: 2) == nil
        )
    }

    @Test(arguments: shapes.indices, [false, true]) func agreesWithPlainLoops(index: Int, adding: Bool) {
        let (shape, images) = (Self.shapes[index], 2)
        let input = normals(images * shape.inputPixels * shape.channels, seed: 1)
        let weight = normals(shape.outputs * shape.kernelElements, seed: 2)
        let bias = normals(shape.outputs, seed: 3)
        let dOutput = normals(images * shape.outputPixels * shape.outputs, seed: 4)
        let start: Double = adding ? 3 : 0
        var output = (0..<dOutput.count).map { bias[$0 % shape.outputs] }
        var dInput = [Double](repeating: start, count: input.count)
        var dWeight = [Double](repeating: start, count: weight.count)
        var dBias = [Double](repeating: start, count: bias.count)
        Self.terms(shape, images: images) { x, w, y in
            output[y] += input[x] * weight[w]
            dInput[x] += dOutput[y] * weight[w]
            dWeight[w] += dOutput[y] * input[x]
        }
        for (place, slope) in dOutput.enumerated() { dBias[place % shape.outputs] += slope }
        let found = results(
            shape,
            images,
            input,
            weight,
            bias,
            dOutput,
            adding ? 3 : nil,
            on: Team(threads: 3)
        )
        expectClose(found[0], output, "output")
        expectClose(found[1], dInput, "dInput")
        expectClose(found[2], dWeight, "dWeight")
        expectClose(found[3], dBias, "dBias")
    }

    /// Output and gradients; these are added to `start`, where there is one.
    private func results<R: Real>(
        _ shape: ConvolutionShape,
        _ images: Int,
        _ input: [R],
        _ weight: [R],
        _ bias: [R],
        _ dOutput: [R],
        _ start: R?,
        on team: Team
    ) -> [[R]] {
        let isDepthwise = shape.isDepthwise
        var output = [R](repeating: .nan, count: dOutput.count)
        var dInput = [R](repeating: start ?? .nan, count: input.count)
        var dWeight = [R](repeating: start ?? .nan, count: weight.count)
        var dBias = [R](repeating: start ?? .nan, count: bias.count)
        if isDepthwise {
            adding(bias) { epilogue in
                depthwiseForward(
                    on: team,
                    shape,
                    images: images,
                    input: input,
                    weight: weight,
                    epilogue: epilogue,
                    output: &output
                )
            }
        } else {
            adding(bias) { epilogue in
                convolutionForward(
                    on: team,
                    shape,
                    images: images,
                    input: input,
                    weight: weight,
                    epilogue: epilogue,
                    output: &output
                )
            }
        }
        if isDepthwise {
            depthwiseBackwardInput(
                on: team,
                shape,
                images: images,
                weight: weight,
                dOutput: dOutput,
                dInput: &dInput,
                adding: start != nil
            )
        } else {
            convolutionBackwardInput(
                on: team,
                shape,
                images: images,
                weight: weight,
                dOutput: dOutput,
                dInput: &dInput,
                adding: start != nil
            )
        }
        if isDepthwise {
            depthwiseBackwardParameters(
                on: team,
                shape,
                images: images,
                input: input,
                dOutput: dOutput,
                dWeight: &dWeight,
                dBias: &dBias,
                adding: start != nil
            )
        } else {
            convolutionBackwardParameters(
                on: team,
                shape,
                images: images,
                input: input,
                dOutput: dOutput,
                dWeight: &dWeight,
                dBias: &dBias,
                adding: start != nil
            )
        }
        return [output, dInput, dWeight, dBias]
    }

    /// The same bits on any number of threads, where there are many tiles.
    @Test(arguments: [(64, 48, 1), (64, 64, 64), (40, 80, 4)])
    func threadsMakeNoDifference(_ given: (channels: Int, outputs: Int, groups: Int)) throws {
        let shape = try #require(
            ConvolutionShape(
                input: Size(28, 28),
                channels: given.channels,
                kernel: Size(3, 3),
                outputs: given.outputs,
                groups: given.groups,
                stride: Size(2, 1),
                padding: ((1, 1), (1, 1))
            )
        )
        KernelSet.useCallingThreadOnly()
        let images = 3
        func values(_ count: Int, _ seed: UInt64) -> [Float] { normals(count, seed: seed).map { Float($0) } }
        let input = values(images * shape.inputPixels * shape.channels, 1)
        let weight = values(shape.outputs * shape.kernelElements, 2)
        let bias = values(shape.outputs, 3)
        let dOutput = values(images * shape.outputPixels * shape.outputs, 4)
        let found = [1, 2, 3, 16].map {
            results(shape, images, input, weight, bias, dOutput, nil, on: Team(threads: $0))
        }
        for other in found.dropFirst() { #expect(other == found[0]) }
        let isFinite = found[0].joined().allSatisfy { $0.isFinite }
        #expect(isFinite)
    }
}
