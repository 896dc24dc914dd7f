import CKernels

/// A convolution of images that are stored pixel by pixel: height × width × channels.
///
/// A weight is stored outputs × kernel height × kernel width × channels of a group: one row of a matrix per output.
package struct ConvolutionShape: Sendable, Equatable {
    /// Rows and columns.
    package struct Size: Sendable, Equatable {
        package let height: Int
        package let width: Int

        package init(_ height: Int, _ width: Int) {
            self.height = height
            self.width = width
        }
    }

    package let input: Size
    package let channels: Int
    package let kernel: Size
    package let outputs: Int
    package let groups: Int
    package let stride: Size
    /// Zeros above and to the left; below and to the right there are as many as the output asks for.
    package let padding: Size
    package let dilation: Size
    package let output: Size

    /// * `padding`: above and below, left and right
    /// * returns nil where the sizes make no convolution
    package init?(
        input: Size,
        channels: Int,
        kernel: Size,
        outputs: Int,
        groups: Int = 1,
        stride: Size = Size(1, 1),
        padding: (rows: (Int, Int), columns: (Int, Int)) = ((0, 0), (0, 0)),
        dilation: Size = Size(1, 1)
    ) {
        let sizes = [
            input.height, input.width, channels, kernel.height, kernel.width, outputs, groups, stride.height,
            stride.width, dilation.height, dilation.width,
        ]
        let zeros = [padding.rows.0, padding.rows.1, padding.columns.0, padding.columns.1]
        let most = 1 << 20
        guard sizes.allSatisfy({ (1...most).contains($0) }), zeros.allSatisfy({ (0...most).contains($0) }),
            channels % groups == 0, outputs % groups == 0
        else { return nil }
        func length(_ size: Int, _ zeros: (Int, Int), _ kernel: Int, _ dilation: Int, _ stride: Int) -> Int {
            let room = size + zeros.0 + zeros.1 - dilation * (kernel - 1) - 1
            return room < 0 ? 0 : room / stride + 1
        }
        let output = Size(
            length(input.height, padding.rows, kernel.height, dilation.height, stride.height),
            length(input.width, padding.columns, kernel.width, dilation.width, stride.width)
        )
        guard output.height > 0, output.width > 0 else { return nil }
        self.input = input
        self.channels = channels
        self.kernel = kernel
        self.outputs = outputs
        self.groups = groups
        self.stride = stride
        self.padding = Size(padding.rows.0, padding.columns.0)
        self.dilation = dilation
        self.output = output
    }

    package var taps: Int { kernel.height * kernel.width }
    package var inputPixels: Int { input.height * input.width }
    package var outputPixels: Int { output.height * output.width }
    package var groupChannels: Int { channels / groups }
    package var groupOutputs: Int { outputs / groups }
    /// Elements of an output's weight.
    package var kernelElements: Int { taps * groupChannels }

    /// Whether every channel has a kernel of its own, which always reads something of the image.
    package var isDepthwise: Bool {
        groups == channels && outputs == channels && channels > 1
            && padding.height <= dilation.height * (kernel.height - 1)
            && padding.width <= dilation.width * (kernel.width - 1)
    }
    /// Whether a pixel is made of one pixel.
    package var isPointwise: Bool {
        taps == 1 && stride == Size(1, 1) && padding == Size(0, 0) && output == input && groups == 1
    }

    /// As C has it.
    var geometry: ck_convolution {
        ck_convolution(
            height: input.height,
            width: input.width,
            channels: channels,
            kernel_height: kernel.height,
            kernel_width: kernel.width,
            kernel_channels: groupChannels,
            stride_y: stride.height,
            stride_x: stride.width,
            padding_y: padding.height,
            padding_x: padding.width,
            dilation_y: dilation.height,
            dilation_x: dilation.width,
            output_height: output.height,
            output_width: output.width
        )
    }
}
