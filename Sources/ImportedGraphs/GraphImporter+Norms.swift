import Graphs
import Kernels

/// Norms, and sums over dimensions.
extension GraphImporter {
    /// As many equal numbers.
    private mutating func filled(_ number: Double, _ count: Int, _ name: String) throws -> ValueID {
        try builder.constant(name, [count], [number])
    }

    /// A weight or bias as an array of `count`; `number` where there is none.
    private mutating func coefficients(
        _ node: ExportedProgram.Node,
        _ argument: String,
        _ count: Int,
        or number: Double
    ) throws -> ValueID {
        guard let given = try optionalValue(node, argument) else {
            return try filled(number, count, "\(node.place).\(argument)")
        }
        guard given.count == count, !builder[given.base].hasSamples else {
            throw wrong(node.place, expected: "\(count) as \(argument)", found: "\(given.shape)")
        }
        return try viewed(natural(given, for: node), as: [count])
    }

    /// Rows divided by the root of their variance or, not centred, of their mean square.
    ///
    /// * `epsilon`: where the node gives none
    mutating func layerNorm(_ node: ExportedProgram.Node, isCentred: Bool, epsilon: Double) throws -> Arranged
    {
        let input = try value(node, "input")
        let sizes = try integers(node, "normalized_shape")
        guard !sizes.isEmpty, sizes.count <= input.rank, Array(input.shape.suffix(sizes.count)) == sizes
        else {
            throw wrong(
                node.place,
                expected: "a norm of the last dimensions of \(input.shape)",
                found: "\(sizes)"
            )
        }
        let last = Array(input.rank - sizes.count..<input.rank)
        try keepSamplesApart(node, last)
        let columns = sizes.reduce(1, *)
        let (rows, order) = try stored(input, last: last, for: node)
        let shape = builder[rows].shape
        let made = builder.layerNorm(
            try viewed(rows, as: shape.dropLast(sizes.count) + [columns]),
            weight: try coefficients(node, "weight", columns, or: 1),
            bias: try coefficients(node, "bias", columns, or: 0),
            isCentred: isCentred,
            epsilon: try number(node, "eps", default: epsilon),
            name: node.place
        )
        return arranged(try viewed(made, as: shape), in: order)
    }

    /// Every group of channels of an image normed as one row (Wu, He 2018), then a factor and a summand per channel.
    mutating func groupNorm(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "input")
        let groups = try integer(node, "num_groups")
        guard input.rank >= 2, groups > 0, input.shape[1] % groups == 0 else {
            throw wrong(node.place, expected: "channels in groups", found: "\(input.shape), \(groups)")
        }
        let (images, channels) = (input.shape[0], input.shape[1])
        let pixels = input.shape[2...].reduce(1, *)
        let order = [0] + Array(2..<input.rank) + [1]
        let stored = try stored(input, in: order, for: node)
        let parts = try viewed(stored, as: [images, pixels, groups, channels / groups])
        let isWhole = groups == 1
        let rows = isWhole ? parts : try builder.permuted(parts, [0, 2, 1, 3], name: "\(node.place).groups")
        let count = pixels * (channels / groups)
        var normed = builder.layerNorm(
            try viewed(rows, as: [images, groups, count]),
            weight: try filled(1, count, "\(node.place).ones"),
            bias: try filled(0, count, "\(node.place).zeros"),
            epsilon: try number(node, "eps", default: 1e-5),
            name: "\(node.place).normed"
        )
        if !isWhole {
            let back = try viewed(normed, as: [images, groups, pixels, channels / groups])
            normed = try builder.permuted(back, [0, 2, 1, 3], name: "\(node.place).pixels")
        }
        let made = try builder.columnAffine(
            viewed(normed, as: [images, pixels, channels]),
            scale: coefficients(node, "weight", channels, or: 1),
            shift: coefficients(node, "bias", channels, or: 0),
            name: node.place
        )
        return arranged(try viewed(made, as: order.map { input.shape[$0] }), in: order)
    }

    mutating func batchNorm(_ node: ExportedProgram.Node) throws -> Arranged {
        guard try !flag(node, "training") else { return try standardised(node) }
        guard let mean = try optionalValue(node, "running_mean"),
            let variance = try optionalValue(node, "running_var")
        else {
            throw wrong(node.place, expected: "a batch norm with statistics", found: "none")
        }
        let channels = mean.count
        let weight = try optionalValue(node, "weight").map { try natural($0, for: node) }
        let bias = try optionalValue(node, "bias").map { try natural($0, for: node) }
        let statistics = (mean: try natural(mean, for: node), variance: try natural(variance, for: node))
        let epsilon = try number(node, "eps", default: 1e-5)
        guard !measures else {
            let (rows, order) = try channelsLast(node, channels)
            return arranged(
                try builder.batchNormalisation(
                    rows,
                    weight: weight,
                    bias: bias,
                    mean: statistics.mean,
                    variance: statistics.variance,
                    epsilon: epsilon,
                    name: node.place
                ),
                in: order
            )
        }
        let (scale, shift) = try builder.batchNormCoefficients(
            weight: weight,
            bias: bias,
            mean: statistics.mean,
            variance: statistics.variance,
            epsilon: epsilon,
            name: node.place
        )
        if case .value(let name)? = node["input"], let convolution = waiting.removeValue(forKey: name) {
            let kernels = builder[convolution.weight].shape
            guard kernels[0] == channels else {
                throw wrong(node.place, expected: "\(kernels[0]) channels", found: "\(channels)")
            }
            let column = [channels] + [Int](repeating: 1, count: kernels.count - 1)
            let weight = try builder.product(
                convolution.weight,
                builder.view(scale, as: column),
                name: "\(node.place).kernels"
            )
            var bias = shift
            if let own = convolution.bias {
                let scaled = try builder.product(own, scale, name: "\(node.place).bias")
                bias = try builder.sum(scaled, shift, name: "\(node.place).summand")
            }
            return try self.convolution(convolution, weight: weight, bias: bias)
        }
        let (rows, order) = try channelsLast(node, channels)
        return arranged(
            try builder.columnAffine(rows, scale: scale, shift: shift, name: node.place),
            in: order
        )
    }

    /// What a batch norm reads, its channels last.
    private mutating func channelsLast(_ node: ExportedProgram.Node, _ channels: Int) throws -> (
        value: ValueID, order: [Int]
    ) {
        let input = try value(node, "input")
        guard input.rank >= 2, input.shape[1] == channels else {
            throw wrong(node.place, expected: "\(channels) channels", found: "\(input.shape)")
        }
        return try stored(input, last: [1], for: node)
    }

    /// A weight that is standardised by the statistics of its own rows, which batch norm is used for.
    private mutating func standardised(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "input")
        guard input.rank >= 2, input.shape[0] == 1, !builder[input.base].hasSamples else {
            throw wrong(
                node.place,
                expected: "a batch norm with given statistics (model.eval())",
                found: "one that takes the batch's"
            )
        }
        let channels = input.shape[1]
        let columns = input.count / channels
        let normed = builder.layerNorm(
            try viewed(natural(input, for: node), as: [channels, columns]),
            weight: try filled(1, columns, "\(node.place).ones"),
            bias: try filled(0, columns, "\(node.place).zeros"),
            epsilon: try number(node, "eps", default: 1e-5),
            name: "\(node.place).standardised"
        )
        var made = arranged(normed)
        if let weight = try optionalValue(node, "weight") {
            made = try product(made, reshaped(weight, as: [channels, 1], for: node), node)
        }
        if let bias = try optionalValue(node, "bias") {
            made = try sum(made, reshaped(bias, as: [channels, 1], for: node), node)
        }
        return try reshaped(made, as: input.shape, for: node)
    }

    /// * `factor`: nil for means
    mutating func reduced(
        _ input: Arranged,
        over dimensions: [Int],
        keeps: Bool,
        factor: Double?,
        _ node: ExportedProgram.Node
    ) throws -> Arranged {
        try keepSamplesApart(node, dimensions)
        let (value, order) = try stored(input, for: node)
        let places = Set(dimensions.compactMap { order.firstIndex(of: $0) })
        let count = dimensions.reduce(1) { $0 * input.shape[$1] }
        let made = try builder.reduced(
            value,
            over: places,
            factor: factor ?? 1 / Double(count),
            name: node.place
        )
        let output = arranged(made, in: order)
        guard !keeps else { return output }
        let view = dimensions.sorted(by: >).reduce(output.view) { $0.selected($1, 0) }
        return Arranged(base: made, view: view)
    }

    mutating func reduced(_ node: ExportedProgram.Node, isMean: Bool) throws -> Arranged {
        let input = try value(node, "self")
        return try reduced(
            input,
            over: dimensions(node, of: input.rank),
            keeps: flag(node, "keepdim"),
            factor: isMean ? nil : 1,
            node
        )
    }

    /// The mean of the squares of what is left when the mean is taken away.
    mutating func variance(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        let dimensions = try dimensions(node, of: input.rank)
        let count = Double(dimensions.reduce(1) { $0 * input.shape[$1] })
        let isUnbiased = try flag(node, "unbiased", default: true)
        let correction = try number(node, "correction", default: isUnbiased ? 1 : 0)
        let mean = try reduced(input, over: dimensions, keeps: true, factor: nil, node)
        let squares = try elementwise(sum(input, mean, factor: -1, node), .square, node)
        let factor = 1 / (count - correction)
        return try reduced(squares, over: dimensions, keeps: flag(node, "keepdim"), factor: factor, node)
    }

    /// The root of the sum of squares.
    mutating func vectorNorm(_ node: ExportedProgram.Node) throws -> Arranged {
        try expect(node, "ord", .number(2), .integer(Extent(2)))
        let input = try value(node, "self")
        let squares = try elementwise(input, .square, node)
        let sums = try reduced(
            squares,
            over: dimensions(node, of: input.rank),
            keeps: flag(node, "keepdim"),
            factor: 1,
            node
        )
        return try elementwise(sums, .squareRoot, node)
    }
}
