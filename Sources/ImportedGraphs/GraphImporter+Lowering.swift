import Graphs
import Kernels

/// How each operator of PyTorch becomes operators of ours.
extension GraphImporter {
    /// What a node's results become; nil for those that nobody reads.
    mutating func lower(_ node: ExportedProgram.Node, _ operation: KnownOperator) throws -> [Arranged?] {
        switch operation {
        case .unbind: return try parts(node) { _ in 1 }
        case .chunk, .tensorSplit, .split, .splitWithSizes: return try parts(node) { $0 }
        case .maxPool2dWithIndices: return [try maxPool(node)] + node.results.dropFirst().map { _ in nil }
        case .adaptiveMaxPool2d:
            return [try adaptivePool(node, isMaximum: true)] + node.results.dropFirst().map { _ in nil }
        case .conv1d, .conv2d, .convolution: return [try convolution(node)]
        case .pad, .constantPad: return [try pad(node)]
        default: return [try lowerOne(node, operation)]
        }
    }

    private mutating func lowerOne(_ node: ExportedProgram.Node, _ operation: KnownOperator) throws
        -> Arranged
    {
        switch operation {
        case .linear: try linear(node, "input", "weight")
        case .addmm: try addmm(node)
        case .matmul: try matrixProduct(node, value(node, "self"), value(node, "other"))
        case .bmm: try matrixProduct(node, value(node, "self"), value(node, "mat2"))
        case .einsum: try einsum(node)
        case .attention: try attention(node)
        case .softMax, .internalSoftMax: try softMax(node)
        case .maxPool2d: try maxPool(node)
        case .averagePool2d, .averagePool1d: try averagePool(node)
        case .adaptiveAveragePool2d, .adaptiveAveragePool1d: try adaptivePool(node, isMaximum: false)
        case .nearest: try nearest(node)
        case .bilinear: try resized(node, nil)
        case .bicubic: try resized(node, .bicubic)
        case .antialiasedBicubic: try resized(node, .antialiasedBicubic)
        case .layerNorm: try layerNorm(node, isCentred: true, epsilon: 1e-5)
        case .rmsNorm: try layerNorm(node, isCentred: false, epsilon: 0x1p-23)
        case .groupNorm: try groupNorm(node)
        case .batchNorm: try batchNorm(node)
        case .vectorNorm: try vectorNorm(node)
        case .mean: try reduced(node, isMean: true)
        case .sum: try reduced(node, isMean: false)
        case .variance: try variance(node)
        case .standardDeviation:
            try elementwise(variance(node), .squareRoot, node)
        case .amax: try greatest(node)
        case .add: try sum(node, sign: 1)
        case .sub: try sum(node, sign: -1)
        case .rsub: try reversedDifference(node)
        case .mul: try product(node)
        case .div: try quotient(node)
        case .addcmul: try addcmul(node)
        case .maskedFill: try maskedFill(node)
        case .glu: try glu(node)
        case .prelu: try prelu(node)
        case .mish: try mish(node)
        case .cat: try join(node, values(node, "tensors"))
        case .stack: try stack(node)
        case .expand, .expandAs: try expand(node)
        case .repeat: try repeated(node)
        case .roll: try roll(node)
        case .flip: try flip(node)
        case .index: try index(node)
        case .indexSelect, .embedding: try rows(node, operation)
        case .permute, .transpose, .swapAxes, .t: try permuted(node)
        case .select: try select(node)
        case .slice, .narrow: try slice(node)
        case .view, .viewAs, .reshape, .reshapeAs, .flatten, .unflatten, .unsqueeze, .squeeze:
            try reshaped(node, value(node, "self"))
        case .channelShuffle: try channelShuffle(node)
        case .pixelShuffle, .pixelUnshuffle: try pixelShuffle(node, operation)
        case .dropout, .featureDropout, .contiguous, .alias, .detach, .clone, .to, .typeAs, .copyTo,
            .identity:
            try unchanged(node)
        default:
            try elementwise(value(node, "self"), function(node, operation), node)
        }
    }

    /// What leaves numbers as they are.
    private mutating func unchanged(_ node: ExportedProgram.Node) throws -> Arranged {
        try expect(node, "train", .flag(false))
        let input = try value(node, node["input"] == nil ? "self" : "input")
        let type = node.results.first.flatMap { program.tensors[$0]?.elementType }
        guard type.map(ConstantArray.Kind.init(elementType:)) != .some(.integer),
            type.map(ConstantArray.Kind.init(elementType:)) != .some(.boolean)
        else { throw wrong(node.place, expected: "numbers to stay what they are", found: node.operation) }
        return input
    }
}
