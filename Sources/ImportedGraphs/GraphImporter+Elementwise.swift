import Graphs
import Kernels

/// Functions of one number, and sums and products of tensors laid over each other.
extension GraphImporter {
    mutating func elementwise(_ tensor: Arranged, _ function: Function, _ node: ExportedProgram.Node) throws
        -> Arranged
    {
        let (value, order) = try stored(tensor, for: node)
        return arranged(builder.elementwise(value, function, name: node.place), in: order)
    }

    mutating func affine(
        _ tensor: Arranged,
        factor: Double = 1,
        summand: Double = 0,
        _ node: ExportedProgram.Node
    ) throws -> Arranged {
        guard factor != 1 || summand != 0 else { return tensor }
        return try elementwise(tensor, .affine(factor: factor, summand: summand), node)
    }

    /// The function of one number that a node is.
    mutating func function(_ node: ExportedProgram.Node, _ operation: KnownOperator) throws -> Function {
        func bound(_ argument: String, _ usual: Double) throws -> Double {
            try number(node, argument, default: usual)
        }
        switch operation {
        case .relu: return .relu
        case .relu6: return .hardTanh(0, 6)
        case .leakyReLU:
            let slope = try number(node, "negative_slope", default: 0.01)
            guard slope >= 0 else {
                throw wrong(node.place, expected: "a slope from 0 up", found: "\(slope)")
            }
            return .leakyReLU(slope: slope)
        case .elu:
            try expect(node, "scale", .number(1), .integer(Extent(1)))
            try expect(node, "input_scale", .number(1), .integer(Extent(1)))
            return .elu(scale: try number(node, "alpha", default: 1))
        case .gelu:
            try expect(node, "approximate", .text("none"), .text("tanh"))
            return node["approximate"] == .text("tanh") ? .geluByTanh : .gelu
        case .silu: return .silu
        case .sigmoid: return .sigmoid
        case .tanh: return .tanh
        case .softPlus:
            try expect(node, "beta", .number(1), .integer(Extent(1)))
            try expect(node, "threshold", .number(20), .integer(Extent(20)))
            return .softPlus
        case .hardSigmoid: return .hardSigmoid
        case .hardSwish: return .hardSwish
        case .hardTanh:
            return .hardTanh(
                try number(node, "min_val", default: -1),
                try number(node, "max_val", default: 1)
            )
        case .clamp, .clampMin, .clampMax:
            return .clamp(
                try number(node, "min", default: -.infinity),
                try number(node, "max", default: .infinity)
            )
        case .exp: return .exp
        case .log: return .log
        case .square: return .square
        case .sqrt: return .squareRoot
        case .rsqrt: return .reciprocalSquareRoot
        case .reciprocal: return .reciprocal
        case .absolute: return .absolute
        case .negative: return .affine(factor: -1, summand: 0)
        case .pow: return power(try number(node, "exponent", default: .nan))
        default:
            throw wrong(
                node.place,
                expected: "an operator that this program has",
                found: node.operation
            )
        }
    }

    private func power(_ exponent: Double) -> Function {
        switch exponent {
        case 1: .affine(factor: 1, summand: 0)
        case 2: .square
        case 0.5: .squareRoot
        case -0.5: .reciprocalSquareRoot
        case -1: .reciprocal
        default: .power(exponent)
        }
    }

    /// Two tensors laid over each other, their dimensions in the order in which the larger one lies.
    mutating func pair(
        _ left: Arranged,
        _ right: Arranged,
        _ node: ExportedProgram.Node,
        _ make: (inout GraphBuilder, ValueID, ValueID) throws(GraphError) -> ValueID
    ) throws -> Arranged {
        let rank = max(left.rank, right.rank)
        let raised = [left, right].map { Arranged(base: $0.base, view: $0.view.raised(to: rank)) }
        func size(_ tensor: Arranged) -> (Int, Int) {
            (builder[tensor.base].hasSamples ? 1 : 0, tensor.count)
        }
        let leading = size(raised[1]) > size(raised[0]) ? raised[1] : raised[0]
        let order = leading.view.storedOrder
        let values = distinct(
            try raised.map { try stored($0, in: order, for: node) },
            for: node
        )
        return arranged(try make(&builder, values[0], values[1]), in: order)
    }

    mutating func sum(_ left: Arranged, _ right: Arranged, factor: Double = 1, _ node: ExportedProgram.Node)
        throws -> Arranged
    {
        try pair(left, right, node) { builder, left, right throws(GraphError) in
            try builder.sum(left, right, factor: factor, name: node.place)
        }
    }

    mutating func product(_ left: Arranged, _ right: Arranged, _ node: ExportedProgram.Node) throws
        -> Arranged
    {
        if left.base == right.base, left.view == right.view { return try elementwise(left, .square, node) }
        return try pair(left, right, node) { builder, left, right throws(GraphError) in
            try builder.product(left, right, name: node.place)
        }
    }

    mutating func sum(_ node: ExportedProgram.Node, sign: Double) throws -> Arranged {
        let alpha = sign * (try number(node, "alpha", default: 1))
        let left = try value(node, "self")
        if let summand = optionalNumber(node, "other") {
            return try affine(left, summand: alpha * summand, node)
        }
        return try sum(left, value(node, "other"), factor: alpha, node)
    }

    /// other − alpha·self.
    mutating func reversedDifference(_ node: ExportedProgram.Node) throws -> Arranged {
        let alpha = try number(node, "alpha", default: 1)
        let input = try value(node, "self")
        if let summand = optionalNumber(node, "other") {
            return try affine(input, factor: -alpha, summand: summand, node)
        }
        return try sum(value(node, "other"), input, factor: -alpha, node)
    }

    mutating func product(_ node: ExportedProgram.Node) throws -> Arranged {
        if let factor = optionalNumber(node, "other") {
            return try affine(value(node, "self"), factor: factor, node)
        }
        return try product(value(node, "self"), value(node, "other"), node)
    }

    mutating func quotient(_ node: ExportedProgram.Node) throws -> Arranged {
        try expect(node, "rounding_mode")
        let left = try value(node, "self")
        if let divisor = optionalNumber(node, "other") { return try affine(left, factor: 1 / divisor, node) }
        return try product(left, elementwise(value(node, "other"), .reciprocal, node), node)
    }

    /// self + value·tensor1·tensor2.
    mutating func addcmul(_ node: ExportedProgram.Node) throws -> Arranged {
        let factors = try product(value(node, "tensor1"), value(node, "tensor2"), node)
        return try sum(value(node, "self"), factors, factor: number(node, "value", default: 1), node)
    }

    /// Where the mask is true a number, elsewhere the tensor.
    mutating func maskedFill(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        guard let mask = constant(node, "mask"), let number = optionalNumber(node, "value") else {
            throw wrong(
                node.place,
                expected: "a mask and a number that depend on no image",
                found: "\(Self.inWords(node["mask"])), \(Self.inWords(node["value"]))"
            )
        }
        func filled(_ name: String, _ number: (Double) -> Double) throws -> Arranged {
            let place = "\(node.place).\(name)"
            return arranged(try builder.constant(place, mask.shape, mask.elements.map(number)))
        }
        let added = try filled("filled") { $0 != 0 ? number : 0 }
        guard number.isFinite else { return try sum(input, added, node) }
        return try sum(product(input, filled("kept") { $0 != 0 ? 0 : 1 }, node), added, node)
    }

    /// The first half times the sigmoid of the second.
    mutating func glu(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        let dimension = try dimension(node, of: input.rank, default: -1)
        try keepSamplesApart(node, [dimension])
        let half = input.shape[dimension] / 2
        func part(_ range: Range<Int>) -> Arranged {
            Arranged(base: input.base, view: input.view.sliced(dimension, range))
        }
        return try product(part(0..<half), elementwise(part(half..<2 * half), .sigmoid, node), node)
    }

    /// x where it is above zero, else slope·x, a slope for each channel.
    mutating func prelu(_ node: ExportedProgram.Node) throws -> Arranged {
        let (input, slope) = (try value(node, "self"), try value(node, "weight"))
        let channels = slope.count
        let aligned = try reshaped(
            slope,
            as: input.rank > 1 ? [channels] + [Int](repeating: 1, count: input.rank - 2) : [channels],
            for: node
        )
        let below = try elementwise(affine(input, factor: -1, node), .relu, node)
        return try sum(
            elementwise(input, .relu, node),
            product(below, aligned, node),
            factor: -1,
            node
        )
    }

    /// x·tanh(ln(1 + eˣ)).
    mutating func mish(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        return try product(input, elementwise(elementwise(input, .softPlus, node), .tanh, node), node)
    }
}
