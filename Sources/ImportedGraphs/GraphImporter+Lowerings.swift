import Graphs

/// The operators of PyTorch that this program has, without their overloads.
enum KnownOperator: String {
    case linear = "aten.linear"
    case conv2d = "aten.conv2d"
    case layerNorm = "aten.layer_norm"
    case gelu = "aten.gelu"
    case softMax = "aten.softmax"
    case attention = "aten.scaled_dot_product_attention"
    case matmul = "aten.matmul"
    case bmm = "aten.bmm"
    case add = "aten.add"
    case sub = "aten.sub"
    case mul = "aten.mul"
    case cat = "aten.cat"
    case expand = "aten.expand"
    case permute = "aten.permute"
    case transpose = "aten.transpose"
    case select = "aten.select"
    case slice = "aten.slice"
    case unbind = "aten.unbind"
    case chunk = "aten.chunk"
    case split = "aten.split"
    case splitWithSizes = "aten.split_with_sizes"
    case view = "aten.view"
    case reshape = "aten.reshape"
    case flatten = "aten.flatten"
    case unflatten = "aten.unflatten"
    case unsqueeze = "aten.unsqueeze"
    case squeeze = "aten.squeeze"
    case dropout = "aten.dropout"
    case contiguous = "aten.contiguous"
    case alias = "aten.alias"
    case detach = "aten.detach"
    case clone = "aten.clone"
}

/// How each operator of PyTorch becomes operators of ours.
extension GraphImporter {
    /// What a node's results become; nil for one of several that nobody reads.
    mutating func lower(_ node: ExportedProgram.Node, _ operation: KnownOperator) throws -> [ValueID?] {
        switch operation {
        case .linear:
            let (input, weight) = (try value(node, "input"), try value(node, "weight"))
            return [
                try builder.linear(
                    input,
                    weight: weight,
                    bias: optionalValue(node, "bias"),
                    name: node.place
                )
            ]
        case .conv2d: return [try patches(node)]
        case .layerNorm: return [try layerNorm(node)]
        case .gelu:
            try expect(node, "approximate", .text("none"))
            return [builder.gelu(try value(node, "self"), name: node.place)]
        case .softMax: return [try softMax(node)]
        case .attention: return [try attention(node)]
        case .matmul: return [try matrixProduct(node, "self", "other")]
        case .bmm: return [try matrixProduct(node, "self", "mat2")]
        case .add: return [try sum(node, sign: 1)]
        case .sub: return [try sum(node, sign: -1)]
        case .mul: return [try product(node)]
        case .cat: return [try join(node)]
        case .expand: return [try expand(node)]
        case .permute, .transpose: return [try permuted(node)]
        case .select: return [try select(node)]
        case .slice: return [try slice(node)]
        case .unbind: return try parts(node) { _ in 1 }
        case .chunk, .split, .splitWithSizes: return try parts(node) { $0 }
        case .view, .reshape, .flatten, .unflatten, .unsqueeze, .squeeze:
            guard let result = node.results.first else { return [] }
            return [try reshaped(node, value(node, "self"), as: result)]
        case .dropout, .contiguous, .alias, .detach, .clone:
            try expect(node, "train", .flag(false))
            return [try value(node, node["input"] == nil ? "self" : "input")]
        }
    }

    private mutating func softMax(_ node: ExportedProgram.Node) throws -> ValueID {
        let input = try value(node, "self")
        let rank = builder[input].shape.count
        guard try dimension(node, of: rank) == rank - 1 else {
            throw wrong(
                node.place,
                expected: "a soft-max of the last dimension",
                found: Self.inWords(node["dim"])
            )
        }
        return builder.softMax(input, name: node.place)
    }

    private mutating func permuted(_ node: ExportedProgram.Node) throws -> ValueID {
        let input = try value(node, "self")
        var order = Array(builder[input].shape.indices)
        if node["dims"] == nil {
            order.swapAt(
                try dimension(node, "dim0", of: order.count),
                try dimension(node, "dim1", of: order.count)
            )
        } else {
            order = try integers(node, "dims").map { $0 < 0 ? $0 + order.count : $0 }
        }
        return try builder.permuted(input, order, name: node.place)
    }

    private mutating func select(_ node: ExportedProgram.Node) throws -> ValueID {
        let input = try value(node, "self")
        let shape = builder[input].shape
        let dimension = try dimension(node, of: shape.count)
        let index = try integer(node, "index")
        let start = index < 0 ? index + shape[dimension] : index
        return try part(node, 0, of: input, dimension, from: start, 1)
    }

    /// The same elements in the shape of a result.
    private mutating func reshaped(_ node: ExportedProgram.Node, _ input: ValueID, as result: String) throws
        -> ValueID
    {
        let shape = try shape(of: result)
        // Elements of different samples must stay apart: what stands before the batch is left alone.
        if let source = node.operands.first.flatMap({ program.tensors[$0] }),
            let target = program.tensors[result]
        {
            func before(_ tensor: ExportedProgram.Tensor) -> Int {
                tensor.sizes.prefix { !$0.hasBatch }.reduce(1) { $0 * $1.factor }
            }
            guard !builder[input].hasSamples || before(source) == before(target) else {
                throw wrong(
                    node.place,
                    expected: "the batch to stay in its place",
                    found: "\(source.sizes) as \(target.sizes)"
                )
            }
        }
        return try builder.view(input, as: shape)
    }

    private mutating func layerNorm(_ node: ExportedProgram.Node) throws -> ValueID {
        let input = try value(node, "input")
        let columns = builder[input].columns
        guard try integers(node, "normalized_shape") == [columns],
            let weight = try optionalValue(node, "weight"),
            let bias = try optionalValue(node, "bias"),
            [weight, bias].allSatisfy({ builder[$0].shape == [columns] && !builder[$0].hasSamples })
        else {
            throw wrong(
                node.place,
                expected: "a layer norm of the last dimension with weight and bias",
                found:
                    "shape \(Self.inWords(node["normalized_shape"])), weight \(Self.inWords(node["weight"])), "
                    + "bias \(Self.inWords(node["bias"]))"
            )
        }
        return builder.layerNorm(
            input,
            weight: weight,
            bias: bias,
            epsilon: try number(node, "eps", default: 1e-5),
            name: node.place
        )
    }

    /// A convolution of the images whose patches neither overlap nor leave anything out between them.
    private mutating func patches(_ node: ExportedProgram.Node) throws -> ValueID {
        let (images, weight) = (try value(node, "input"), try value(node, "weight"))
        let (shape, kernel) = (builder[images].shape, builder[weight].shape)
        let strides = try integers(node, "stride", default: [1, 1])
        let padding = try integers(node, "padding", default: [0, 0])
        let dilation = try integers(node, "dilation", default: [1, 1])
        let groups = try integer(node, "groups", default: 1)
        guard shape.count == 4, shape[0] == 1, kernel.count == 4, kernel[1] == shape[1],
            kernel[2] == kernel[3],
            strides.allSatisfy({ $0 == kernel[3] }), padding.allSatisfy({ $0 == 0 }),
            dilation.allSatisfy({ $0 == 1 }), groups == 1, !builder[images].needsGradient,
            builder[images].hasSamples, !builder[weight].hasSamples,
            try optionalValue(node, "bias").map({
                builder[$0].shape == [kernel[0]] && !builder[$0].hasSamples
            }) ?? true
        else {
            throw wrong(
                node.place,
                expected: "a convolution that cuts images into patches",
                found: "kernel \(kernel), stride \(strides), padding \(padding), groups \(groups)"
            )
        }
        let tokens = builder.patchEmbedding(
            images,
            channels: shape[1],
            height: shape[2],
            width: shape[3],
            weight: weight,
            bias: try optionalValue(node, "bias"),
            name: node.place
        )
        let grid = try builder.view(tokens, as: [1, shape[2] / kernel[2], shape[3] / kernel[3], kernel[0]])
        return try builder.permuted(grid, [0, 3, 1, 2], name: "\(node.place).channels")
    }

    private mutating func attention(_ node: ExportedProgram.Node) throws -> ValueID {
        try expect(node, "attn_mask")
        try expect(node, "dropout_p", .number(0))
        try expect(node, "is_causal", .flag(false))
        try expect(node, "enable_gqa", .flag(false))
        let query = try value(node, "query")
        let scale = try number(node, "scale", default: 1 / Double(builder[query].columns).squareRoot())
        let scores = try builder.batchedProduct(
            query,
            value(node, "key"),
            transposeRight: true,
            factor: scale,
            name: "\(node.place).scores"
        )
        let probabilities = builder.softMax(scores, name: "\(node.place).probabilities")
        return try builder.batchedProduct(probabilities, value(node, "value"), name: node.place)
    }

    private mutating func matrixProduct(_ node: ExportedProgram.Node, _ left: String, _ right: String) throws
        -> ValueID
    {
        try builder.batchedProduct(value(node, left), value(node, right), name: node.place)
    }

    private mutating func sum(_ node: ExportedProgram.Node, sign: Double) throws -> ValueID {
        try expect(node, "alpha", .integer(Extent(1)), .number(1))
        let (left, right) = (try value(node, "self"), try value(node, "other"))
        return sign > 0
            ? try builder.sum(left, right, name: node.place)
            : try builder.difference(left, right, name: node.place)
    }

    private mutating func product(_ node: ExportedProgram.Node) throws -> ValueID {
        let left = try value(node, "self")
        if case .value? = node["other"] {
            return try builder.product(left, value(node, "other"), name: node.place)
        }
        return builder.scaled(left, by: try number(node, "other", default: 1), name: node.place)
    }

    private mutating func join(_ node: ExportedProgram.Node) throws -> ValueID {
        var parts = try values(node, "tensors")
        if parts.contains(where: { builder[$0].hasSamples }) {
            parts = parts.map {
                builder[$0].hasSamples ? $0 : builder.spread($0, name: "\(node.place).spread")
            }
        }
        let rank = parts.first.map { builder[$0].shape.count } ?? 0
        return try builder.join(parts, dimension(node, of: rank, default: 0), name: node.place)
    }

    private mutating func expand(_ node: ExportedProgram.Node) throws -> ValueID {
        let input = try value(node, "self")
        guard let result = node.results.first, try shape(of: result) == builder[input].shape else {
            throw wrong(
                node.place,
                expected: "an expansion over the batch alone",
                found: Self.inWords(node["size"])
            )
        }
        let isPerSample = program.tensors[result]?.sizes.contains(where: \.hasBatch) == true
        return isPerSample && !builder[input].hasSamples ? builder.spread(input, name: node.place) : input
    }

    private mutating func slice(_ node: ExportedProgram.Node) throws -> ValueID {
        let input = try value(node, "self")
        let shape = builder[input].shape
        let dimension = try dimension(node, of: shape.count, default: 0)
        let size = shape[dimension]
        func bound(_ argument: String, _ usual: Int) throws(GraphFileError) -> Int {
            let found = try integer(node, argument, default: usual)
            return min(max(found < 0 ? found + size : found, 0), size)
        }
        guard try integer(node, "step", default: 1) == 1 else {
            throw wrong(node.place, expected: "a slice of all between its ends", found: "a step")
        }
        let (start, end) = (try bound("start", 0), try bound("end", size))
        guard start > 0 || end < size else { return input }
        let isBatch = node.operands.first.flatMap { program.tensors[$0] }?.sizes[dimension].hasBatch == true
        guard !isBatch else { throw wrong(node.place, expected: "the whole batch", found: "a part of it") }
        return try builder.slice(input, dimension, start..<end, name: node.place)
    }

    /// Parts one after another along a dimension, as many and as long as the results.
    ///
    /// * `length`: of a part, by what its result has in that dimension
    private mutating func parts(_ node: ExportedProgram.Node, length: (Int) -> Int) throws -> [ValueID?] {
        let input = try value(node, node["self"] == nil ? "input" : "self")
        let rank = builder[input].shape.count
        let dimension = try dimension(node, of: rank, default: 0)
        var (made, start) = ([ValueID?](), 0)
        for (index, result) in node.results.enumerated() {
            let shape = try shape(of: result)
            let count = length(shape.count == rank ? shape[dimension] : 1)
            made.append(
                read.contains(result)
                    ? try part(node, index, of: input, dimension, from: start, count) : nil
            )
            start += count
        }
        return made
    }

    /// A range of one dimension, in the shape of a result.
    private mutating func part(
        _ node: ExportedProgram.Node,
        _ index: Int,
        of input: ValueID,
        _ dimension: Int,
        from start: Int,
        _ count: Int
    ) throws -> ValueID {
        let isBatch = node.operands.first.flatMap { program.tensors[$0] }?.sizes[dimension].hasBatch == true
        guard !isBatch else { throw wrong(node.place, expected: "the whole batch", found: "a part of it") }
        let size = builder[input].shape[dimension]
        guard start >= 0, count > 0, count <= size, start <= size - count else {
            throw wrong(node.place, expected: "a part", found: "\(start), \(count)")
        }
        let part = try builder.slice(input, dimension, start..<start + count, name: "\(node.place).\(index)")
        return try builder.view(part, as: shape(of: node.results[index]))
    }
}
