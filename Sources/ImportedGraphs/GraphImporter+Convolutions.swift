import Graphs
import Kernels

/// A convolution whose output a batch norm alone reads: with given statistics that is a factor and a summand per output, which
/// go into the kernels and the bias.
struct WaitingConvolution {
    let node: ExportedProgram.Node
    let images: Margin
    let weight: ValueID
    let bias: ValueID?
}

/// Images with zeros around them.
struct Margin {
    let input: Arranged
    /// Above and below.
    var rows = (0, 0)
    /// To the left and right.
    var columns = (0, 0)
}

/// Convolutions, and windows over images.
extension GraphImporter {
    /// Channels last.
    static let pixelOrder = [0, 2, 3, 1]

    mutating func convolution(_ node: ExportedProgram.Node) throws -> Arranged? {
        try expect(node, "transposed", .flag(false))
        let images = try margin(node)
        let (input, kernels) = (images.input, try value(node, "weight"))
        let bias = try optionalValue(node, "bias").map { try natural($0, for: node) }
        guard (3...4).contains(input.rank), input.rank == kernels.rank else {
            throw wrong(
                node.place,
                expected: "images or rows of them",
                found: "\(input.shape), kernels \(kernels.shape)"
            )
        }
        let weight = try natural(kernels, for: node)
        if let patches = try patches(node, images, weight, bias) { return patches }
        let waiting = WaitingConvolution(node: node, images: images, weight: weight, bias: bias)
        if !measures, let result = onlyRead(node, by: [.batchNorm]) {
            self.waiting[result] = waiting
            return nil
        }
        return try convolution(waiting, weight: weight, bias: bias)
    }

    mutating func convolution(_ waiting: WaitingConvolution, weight: ValueID, bias: ValueID?) throws
        -> Arranged
    {
        let (node, images, isRow) = (waiting.node, waiting.images, waiting.images.input.rank == 3)
        var (input, weight) = (images.input, weight)
        if isRow {
            input = try reshaped(input, as: Array(input.shape[..<2]) + [1, input.shape[2]], for: node)
            weight = try viewed(
                weight,
                as: Array(builder[weight].shape[..<2]) + [1, builder[weight].columns]
            )
        }
        func size(_ argument: String, _ usual: Int) throws -> ConvolutionShape.Size {
            let found = try integers(node, argument, default: [usual])
            let all = (isRow ? [usual] : []) + found
            guard let first = all.first, let last = all.last, all.count <= 2 else {
                throw wrong(node.place, expected: "\(argument) for rows and columns", found: "\(found)")
            }
            return ConvolutionShape.Size(first, last)
        }
        let (stride, dilation) = (try size("stride", 1), try size("dilation", 1))
        let kernel = builder[weight].shape
        let zeros: (rows: (Int, Int), columns: (Int, Int))
        if case .text(let text)? = node["padding"] {
            guard text == "same" || text == "valid" else {
                throw wrong(node.place, expected: "same or valid padding", found: text)
            }
            func same(_ kernel: Int, _ dilation: Int) -> (Int, Int) {
                let all = text == "same" ? min(max(dilation, 0), 1 << 20) * (kernel - 1) : 0
                return (all / 2, all - all / 2)
            }
            zeros = (same(kernel[2], dilation.height), same(kernel[3], dilation.width))
        } else {
            let given = try size("padding", 0)
            zeros = ((given.height, given.height), (given.width, given.width))
        }
        func sum(_ own: (Int, Int), _ margin: (Int, Int)) -> (Int, Int) {
            (own.0 + margin.0, own.1 + margin.1)
        }
        let made = try builder.convolution(
            stored(input, in: Self.pixelOrder, for: node),
            weight: weight,
            bias: bias,
            stride: stride,
            padding: (sum(zeros.rows, images.rows), sum(zeros.columns, images.columns)),
            dilation: dilation,
            groups: integer(node, "groups", default: 1),
            name: node.place
        )
        let output = arranged(made, in: Self.pixelOrder)
        return isRow
            ? try reshaped(output, as: [output.shape[0], output.shape[1], output.shape[3]], for: node)
            : output
    }

    /// The value that a node makes, where nobody reads it but one node, of one of these kinds, as its `input`.
    private func onlyRead(_ node: ExportedProgram.Node, by kinds: [KnownOperator]) -> String? {
        guard let result = node.results.first, let readers = readers[result], readers.count == 1,
            let kind = KnownOperator(rawValue: readers[0].baseName), kinds.contains(kind),
            readers[0]["input"] == .value(result), !program.outputs.contains(result)
        else { return nil }
        return result
    }

    /// Whether the zeros that a node puts around images are left to the convolution that reads them.
    ///
    /// * `amounts`: before and behind, the last dimension first
    mutating func leavesMargin(_ node: ExportedProgram.Node, around input: Arranged, _ amounts: [Int]) -> Bool
    {
        guard input.rank == 4, amounts.count <= 4, amounts.allSatisfy({ $0 >= 0 }),
            let result = onlyRead(node, by: [.conv2d, .convolution])
        else { return false }
        let zeros = amounts + [Int](repeating: 0, count: 4 - amounts.count)
        margins[result] = Margin(input: input, rows: (zeros[2], zeros[3]), columns: (zeros[0], zeros[1]))
        return true
    }

    /// The images that a convolution reads.
    private mutating func margin(_ node: ExportedProgram.Node) throws -> Margin {
        if case .value(let name)? = node["input"], let margin = margins.removeValue(forKey: name) {
            return margin
        }
        return Margin(input: try value(node, "input"))
    }

    /// A convolution of the images themselves whose patches neither overlap nor leave anything out between them.
    private mutating func patches(
        _ node: ExportedProgram.Node,
        _ margin: Margin,
        _ weight: ValueID,
        _ bias: ValueID?
    ) throws -> Arranged? {
        let (images, kernel) = (margin.input, builder[weight].shape)
        let shape = images.shape
        guard margin.rows == (0, 0), margin.columns == (0, 0), shape.count == 4, shape[0] == 1,
            kernel.count == 4, kernel[1] == shape[1],
            kernel[2] == kernel[3], kernel[2] > 1,
            node["stride"].map({ _ in true }) ?? false,
            try integers(node, "stride").allSatisfy({ $0 == kernel[3] }),
            node["padding"] != .text("same"),
            try node["padding"] == .text("valid")
                || integers(node, "padding", default: [0]).allSatisfy({ $0 == 0 }),
            try integers(node, "dilation", default: [1]).allSatisfy({ $0 == 1 }),
            try integer(node, "groups", default: 1) == 1,
            !builder[images.base].needsGradient, builder[images.base].hasSamples,
            images.view.isStored(in: [0, 1, 2, 3]), shape[2] >= kernel[2], shape[3] >= kernel[3],
            builder.isParameter(weight),
            bias.map({ builder[$0].shape == [kernel[0]] && !builder[$0].hasSamples }) ?? true
        else { return nil }
        let tokens = builder.patchEmbedding(
            try viewed(images.base, as: shape),
            channels: shape[1],
            height: shape[2],
            width: shape[3],
            weight: weight,
            bias: bias,
            name: node.place
        )
        let grid = [1, shape[2] / kernel[2], shape[3] / kernel[3], kernel[0]]
        return arranged(try builder.view(tokens, as: grid), in: Self.pixelOrder)
    }

    mutating func maxPool(_ node: ExportedProgram.Node) throws -> Arranged {
        try expect(
            node,
            "dilation",
            .integers([Extent(1), Extent(1)]),
            .integers([Extent(1)]),
            .integer(Extent(1))
        )
        return try pooled(node, windows(node).map { $0.map(\.window) }, isMaximum: true)
    }

    mutating func averagePool(_ node: ExportedProgram.Node) throws -> Arranged {
        let windows = try windows(node)
        let countsZeros = try flag(node, "count_include_pad", default: true)
        var factors = windows.map { axis in
            axis.map { 1 / Double(countsZeros ? $0.size : $0.window.count) }
        }
        if let divisor = optionalNumber(node, "divisor_override") {
            factors = [windows[0].map { _ in 1 / divisor }, windows[1].map { _ in 1 }]
        }
        return try pooled(node, windows.map { $0.map(\.window) }, factors, isMaximum: false)
    }

    /// Windows along rows and columns: of pixels, and how many zeros and pixels they are over.
    private mutating func windows(_ node: ExportedProgram.Node) throws -> [[(window: Range<Int>, size: Int)]]
    {
        let input = try value(node, "self")
        let isRow = input.rank == 3 && node.baseName == KnownOperator.averagePool1d.rawValue
        /// Of rows, the images are one pixel high.
        func usualOfRow(_ argument: String) -> Int { argument == "padding" ? 0 : 1 }
        func pair(_ argument: String, _ usual: [Int]?) throws -> [Int] {
            var found = try integers(node, argument, default: usual)
            if found.isEmpty, let usual { found = usual }
            guard (1...2).contains(found.count), found.allSatisfy({ (0...1 << 20).contains($0) }) else {
                throw wrong(node.place, expected: "\(argument) for rows and columns", found: "\(found)")
            }
            return [isRow ? usualOfRow(argument) : found[0], found[found.count - 1]]
        }
        let kernel = try pair("kernel_size", nil)
        let (stride, zeros) = (try pair("stride", kernel), try pair("padding", [0, 0]))
        let roundsUp = try flag(node, "ceil_mode")
        guard input.rank == 4 || isRow, stride.allSatisfy({ $0 > 0 }),
            zip(zeros, kernel).allSatisfy({ $0 * 2 <= $1 })
        else {
            throw wrong(
                node.place,
                expected: "windows over images",
                found: "\(input.shape), kernel \(kernel), stride \(stride), padding \(zeros)"
            )
        }
        var axes: [[(window: Range<Int>, size: Int)]] = []
        for axis in 0..<2 {
            let (size, zeros, kernel, stride) = (
                isRow ? [1, input.shape[2]][axis] : input.shape[axis + 2], zeros[axis], kernel[axis],
                stride[axis]
            )
            let room = size + 2 * zeros - kernel
            guard room >= 0 || roundsUp && room + stride > 0 else {
                throw wrong(node.place, expected: "images as large as windows", found: "\(input.shape)")
            }
            var count = (room + (roundsUp ? stride - 1 : 0)) / stride + 1
            // The last one begins in the image or in the zeros before it.
            if roundsUp, (count - 1) * stride >= size + zeros { count -= 1 }
            try spend(count, for: node)
            axes.append(
                (0..<count).map { index in
                    let start = index * stride - zeros
                    let end = min(start + kernel, size + zeros)
                    return (max(start, 0)..<max(max(start, 0), min(end, size)), end - start)
                }
            )
        }
        return axes
    }

    mutating func adaptivePool(_ node: ExportedProgram.Node, isMaximum: Bool) throws -> Arranged {
        let input = try value(node, "self")
        let sizes = try integers(node, "output_size")
        guard (3...4).contains(input.rank), sizes.count <= 2, !sizes.isEmpty,
            sizes.allSatisfy({ (1...1 << 20).contains($0) })
        else {
            throw wrong(node.place, expected: "a size for rows and columns", found: "\(sizes)")
        }
        let pixels = Array(2..<input.rank)
        if !isMaximum, sizes.allSatisfy({ $0 == 1 }) {
            return try reduced(input, over: pixels, keeps: true, factor: nil, node)
        }
        var axes: [[Range<Int>]] = []
        for (axis, dimension) in pixels.enumerated() {
            let (size, count) = (input.shape[dimension], sizes[min(axis, sizes.count - 1)])
            try spend(count, for: node)
            axes.append((0..<count).map { $0 * size / count..<(($0 + 1) * size + count - 1) / count })
        }
        if axes.count == 1 { axes.insert([0..<1], at: 0) }
        return try pooled(node, axes, isMaximum: isMaximum)
    }

    /// The greatest over rows and columns.
    mutating func greatest(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        guard input.rank == 4, try Set(dimensions(node, of: 4)) == [2, 3] else {
            throw wrong(node.place, expected: "the greatest of images", found: "\(input.shape)")
        }
        let made = try pooled(node, [[0..<input.shape[2]], [0..<input.shape[3]]], isMaximum: true)
        return try flag(node, "keepdim")
            ? made : reshaped(made, as: Array(made.shape[..<2]), for: node)
    }

    private mutating func pooled(
        _ node: ExportedProgram.Node,
        _ windows: [[Range<Int>]],
        _ factors: [[Double]]? = nil,
        isMaximum: Bool
    ) throws -> Arranged {
        var input = try value(node, "self")
        let isRow = input.rank == 3
        if isRow {
            input = try reshaped(input, as: Array(input.shape[..<2]) + [1, input.shape[2]], for: node)
        }
        let shape = PoolingWindows(
            height: input.shape[2],
            width: input.shape[3],
            rows: windows[0],
            columns: windows[1],
            rowFactors: factors?[0],
            columnFactors: factors?[1]
        )
        let images = try stored(input, in: Self.pixelOrder, for: node)
        let made =
            isMaximum
            ? try builder.maxPooling(images, shape, name: node.place)
            : try builder.averagePooling(images, shape, name: node.place)
        let output = arranged(made, in: Self.pixelOrder)
        return isRow
            ? try reshaped(output, as: [output.shape[0], output.shape[1], output.shape[3]], for: node)
            : output
    }
}
