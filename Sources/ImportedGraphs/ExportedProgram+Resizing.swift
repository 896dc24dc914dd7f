import Graphs

extension ExportedProgram {
    /// The same computation with parameters or images of other sizes: with another number of classes, or on larger images.
    ///
    /// Only sizes change, so whoever asks for it must know that no number among the nodes' arguments is made of them.
    ///
    /// * `sizes`: by names of sources, all that are another
    /// * `file`: for messages
    /// - Throws: `GraphFileError` where an operator's result cannot be told, or does not fit, at these sizes
    package func resized(_ sizes: [String: [Int]], file: String) throws(GraphFileError) -> ExportedProgram {
        var resizing = Resizing(program: self, file: file)
        for (name, sizes) in sizes {
            guard let old = tensors[name], old.sizes.count == sizes.count else {
                throw resizing.wrong(name, expected: "a source of \(sizes.count) dimensions", found: "none")
            }
            let own = zip(old.sizes, sizes).map { $0.hasBatch ? $0 : Extent($1) }
            resizing.set(name, own)
        }
        for node in nodes { try resizing.take(node) }
        return with(tensors: resizing.tensors)
    }
}

/// Goes through the nodes and works out what becomes of their results' sizes.
private struct Resizing {
    let program: ExportedProgram
    let file: String
    var tensors: [String: ExportedProgram.Tensor]
    private var changed: Set<String> = []

    init(program: ExportedProgram, file: String) {
        self.program = program
        self.file = file
        tensors = program.tensors
    }

    func wrong(_ subject: String, expected: String, found: String) -> GraphFileError {
        GraphFileError(file: file, subject: subject, expected: expected, found: found)
    }

    mutating func set(_ name: String, _ sizes: [Extent]) {
        guard let old = tensors[name], old.sizes != sizes else { return }
        tensors[name] = ExportedProgram.Tensor(sizes: sizes, elementType: old.elementType)
        changed.insert(name)
    }

    mutating func take(_ node: ExportedProgram.Node) throws(GraphFileError) {
        guard node.operands.contains(where: changed.contains) else { return }
        let base = node.isInPlace ? String(node.baseName.dropLast()) : node.baseName
        guard let operation = KnownOperator(rawValue: base), let sizes = results(node, operation),
            sizes.count == node.results.count,
            sizes.joined().allSatisfy({ $0.factor > 0 })
        else {
            let inputs = node.operands.compactMap { tensors[$0]?.sizes }.map { "\($0)" }
            throw wrong(
                node.place,
                expected: "an operator that goes with images of this size",
                found: "\(node.operation) of \(inputs.joined(separator: ", "))"
            )
        }
        for (name, sizes) in zip(node.results, sizes) { set(name, sizes) }
    }

    /// Sizes of all results; nil where they are not to be told.
    private func results(_ node: ExportedProgram.Node, _ operation: KnownOperator) -> [[Extent]]? {
        switch operation {
        case .unbind, .chunk, .tensorSplit, .split, .splitWithSizes:
            // Parts along a dimension that stays as it is.
            guard let input = first(node), let old = old(node), operation != .unbind,
                let dimension = dimension(node, of: input.count, default: 0),
                input[dimension] == old[dimension]
            else { return nil }
            return node.results.map { name in
                var part = input
                part[dimension] = program.tensors[name]?.sizes[dimension] ?? Extent(0)
                return part
            }
        default:
            guard node.results.count == 1 else { return nil }
            return result(node, operation).map { [$0] }
        }
    }

    private func result(_ node: ExportedProgram.Node, _ operation: KnownOperator) -> [Extent]? {
        switch operation {
        case .relu, .relu6, .leakyReLU, .elu, .silu, .mish, .sigmoid, .tanh, .softPlus, .hardSigmoid,
            .hardSwish,
            .hardTanh, .gelu, .exp, .log, .square, .sqrt, .rsqrt, .reciprocal, .pow, .absolute, .negative,
            .clamp,
            .clampMin, .clampMax, .dropout, .featureDropout, .contiguous, .alias, .detach, .clone, .to,
            .copyTo,
            .identity, .batchNorm, .groupNorm, .channelShuffle:
            return first(node)
        case .layerNorm, .rmsNorm:
            guard let input = first(node), let old = old(node),
                let normalised = integers(node, "normalized_shape"),
                input.suffix(normalised.count) == old.suffix(normalised.count)
            else { return nil }
            return input
        case .add, .sub, .mul, .div, .addcmul:
            return broadcast(node.operands.compactMap { tensors[$0]?.sizes })
        case .conv2d, .convolution: return convolution(node)
        case .maxPool2d, .averagePool2d: return pooled(node)
        case .adaptiveAveragePool2d, .adaptiveMaxPool2d:
            guard let input = first(node), input.count == 4, let size = integers(node, "output_size"),
                let height = size.first, let width = size.last
            else { return nil }
            return input.prefix(2) + [Extent(height), Extent(width)]
        case .linear:
            guard let input = first(node), case .value(let name)? = node["weight"],
                let weight = tensors[name]?.sizes, weight.count == 2, input.last == weight[1]
            else { return nil }
            return input.dropLast() + [weight[0]]
        case .mean, .sum, .amax, .vectorNorm, .variance, .standardDeviation: return reduced(node)
        case .cat: return joined(node)
        case .pad, .constantPad:
            guard var sizes = first(node), let amounts = integers(node, "pad"),
                amounts.count <= 2 * sizes.count
            else { return nil }
            for index in 0..<amounts.count / 2 {
                let place = sizes.count - 1 - index
                guard !sizes[place].hasBatch else { return nil }
                sizes[place] = Extent(sizes[place].factor + amounts[2 * index] + amounts[2 * index + 1])
            }
            return sizes
        case .permute:
            guard let input = first(node), let order = integers(node, "dims"), order.count == input.count
            else { return nil }
            let places = order.map { $0 < 0 ? $0 + input.count : $0 }
            return places.sorted() == Array(input.indices) ? places.map { input[$0] } : nil
        case .flatten: return flattened(node)
        case .view, .reshape: return viewed(node)
        default: return nil
        }
    }

    private func convolution(_ node: ExportedProgram.Node) -> [Extent]? {
        guard let input = first(node), input.count == 4, case .value(let name)? = node["weight"],
            let kernel = tensors[name]?.sizes, kernel.count == 4,
            node["transposed"] ?? .flag(false) == .flag(false),
            let stride = pair(node, "stride", [1, 1]), let dilation = pair(node, "dilation", [1, 1])
        else { return nil }
        let same = node["padding"] == .text("same")
        guard
            let padding = same || node["padding"] == .text("valid") ? [0, 0] : pair(node, "padding", [0, 0])
        else { return nil }
        var sizes = [input[0], kernel[0]]
        for index in 0..<2 {
            let size = input[2 + index].factor
            let span = dilation[index] * (kernel[2 + index].factor - 1) + 1
            let room = size + 2 * padding[index] - span
            sizes.append(Extent(same ? size : room < 0 ? 0 : room / max(stride[index], 1) + 1))
        }
        return sizes
    }

    private func pooled(_ node: ExportedProgram.Node) -> [Extent]? {
        guard let input = first(node), input.count == 4, let kernel = pair(node, "kernel_size", nil),
            let stride = pair(node, "stride", kernel), let padding = pair(node, "padding", [0, 0]),
            let dilation = pair(node, "dilation", [1, 1])
        else { return nil }
        let roundsUp = node["ceil_mode"] == .flag(true)
        var sizes = Array(input.prefix(2))
        for index in 0..<2 {
            let (size, step) = (input[2 + index].factor, max(stride[index], 1))
            let room = size + 2 * padding[index] - dilation[index] * (kernel[index] - 1) - 1
            guard room >= 0 else { return nil }
            var count = (room + (roundsUp ? step - 1 : 0)) / step + 1
            // The last window must begin inside.
            if roundsUp, (count - 1) * step >= size + padding[index] { count -= 1 }
            sizes.append(Extent(count))
        }
        return sizes
    }

    private func reduced(_ node: ExportedProgram.Node) -> [Extent]? {
        guard let input = first(node), let dimensions = integers(node, "dim"), !dimensions.isEmpty else {
            return nil
        }
        let places = Set(dimensions.map { $0 < 0 ? $0 + input.count : $0 })
        guard places.allSatisfy({ input.indices.contains($0) && !input[$0].hasBatch }) else { return nil }
        let keeps = node["keepdim"] == .flag(true)
        return input.indices.compactMap { places.contains($0) ? keeps ? Extent(1) : nil : input[$0] }
    }

    private func joined(_ node: ExportedProgram.Node) -> [Extent]? {
        let parts = node.operands.compactMap { tensors[$0]?.sizes }
        guard var sizes = parts.first, let dimension = dimension(node, of: sizes.count, default: 0),
            parts.count == node.operands.count, !sizes[dimension].hasBatch,
            parts.allSatisfy({ part in
                part.count == sizes.count
                    && part.indices.allSatisfy { $0 == dimension || part[$0] == sizes[$0] }
            })
        else { return nil }
        sizes[dimension] = Extent(parts.reduce(0) { $0 + $1[dimension].factor })
        return sizes
    }

    private func flattened(_ node: ExportedProgram.Node) -> [Extent]? {
        guard let input = first(node),
            let start = dimension(node, "start_dim", of: input.count, default: 0),
            let end = dimension(node, "end_dim", of: input.count, default: -1), start <= end
        else { return nil }
        return input[..<start] + [product(input[start...end])] + input[(end + 1)...]
    }

    /// To the sizes that the node says, of which one may be −1.
    private func viewed(_ node: ExportedProgram.Node) -> [Extent]? {
        guard let input = first(node), case .integers(var sizes)? = node["size"] ?? node["shape"] else {
            return nil
        }
        let all = product(input)
        if let place = sizes.firstIndex(where: { $0.factor == -1 && !$0.hasBatch }) {
            let rest = product(sizes[..<place] + sizes[(place + 1)...])
            guard rest.factor > 0, all.factor % rest.factor == 0 else { return nil }
            sizes[place] = Extent(all.factor / rest.factor, hasBatch: all.hasBatch && !rest.hasBatch)
        }
        return product(sizes) == all ? sizes : nil
    }

    private func broadcast(_ parts: [[Extent]]) -> [Extent]? {
        guard let rank = parts.map(\.count).max() else { return nil }
        var sizes = [Extent](repeating: Extent(1), count: rank)
        for part in parts {
            for (index, size) in part.enumerated() {
                let place = rank - part.count + index
                guard size == Extent(1) || sizes[place] == Extent(1) || sizes[place] == size else {
                    return nil
                }
                if size != Extent(1) { sizes[place] = size }
            }
        }
        return sizes
    }

    private func product(_ sizes: some Sequence<Extent>) -> Extent {
        sizes.reduce(Extent(1)) { Extent($0.factor &* $1.factor, hasBatch: $0.hasBatch || $1.hasBatch) }
    }

    /// Sizes of the first operand, now and in the file.
    private func first(_ node: ExportedProgram.Node) -> [Extent]? {
        node.operands.first.flatMap { tensors[$0]?.sizes }
    }
    private func old(_ node: ExportedProgram.Node) -> [Extent]? {
        node.operands.first.flatMap { program.tensors[$0]?.sizes }
    }

    private func integers(_ node: ExportedProgram.Node, _ argument: String) -> [Int]? {
        switch node[argument] {
        case .integers(let extents)? where !extents.contains(where: \.hasBatch): extents.map(\.factor)
        case .integer(let extent)? where !extent.hasBatch: [extent.factor]
        default: nil
        }
    }

    /// For rows and columns; one number is for both.
    private func pair(_ node: ExportedProgram.Node, _ argument: String, _ usual: [Int]?) -> [Int]? {
        guard let found = integers(node, argument), let first = found.first, let last = found.last else {
            return node[argument] == nil ? usual : nil
        }
        return [first, last]
    }

    private func dimension(
        _ node: ExportedProgram.Node,
        _ argument: String = "dim",
        of rank: Int,
        default usual: Int
    ) -> Int? {
        guard let found = node[argument] == nil ? usual : integers(node, argument)?.first,
            (-rank..<rank).contains(found)
        else { return nil }
        return found < 0 ? found + rank : found
    }
}
