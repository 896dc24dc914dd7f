import Graphs
import Kernels

/// Linear layers, products of matrices and attention.
extension GraphImporter {
    mutating func linear(_ node: ExportedProgram.Node, _ input: String, _ weight: String) throws -> Arranged {
        let weight = try value(node, weight)
        return try linear(
            value(node, input),
            weight: natural(weight, for: node),
            bias: optionalValue(node, "bias").map { try natural($0, for: node) },
            node
        )
    }

    /// * `weight`: outputs × inputs
    private mutating func linear(
        _ input: Arranged,
        weight: ValueID,
        bias: ValueID?,
        _ node: ExportedProgram.Node
    ) throws -> Arranged {
        guard input.rank > 0 else { throw wrong(node.place, expected: "rows", found: "a number") }
        let (rows, order) = try stored(input, last: [input.rank - 1], for: node)
        let output = try builder.linear(rows, weight: weight, bias: bias, name: node.place)
        return arranged(output, in: order)
    }

    /// self + mat1·mat2, the first being a bias.
    mutating func addmm(_ node: ExportedProgram.Node) throws -> Arranged {
        try expect(node, "alpha", .integer(Extent(1)), .number(1))
        try expect(node, "beta", .integer(Extent(1)), .number(1))
        let made = try matrixProduct(node, value(node, "mat1"), value(node, "mat2"))
        return try sum(made, value(node, "self"), node)
    }

    /// … × rows × inner by … × inner × columns, the dimensions before them repeated where one has more.
    mutating func matrixProduct(
        _ node: ExportedProgram.Node,
        _ left: Arranged,
        _ right: Arranged,
        factor: Double = 1
    ) throws -> Arranged {
        guard left.rank >= 2, right.rank >= 2 else {
            throw wrong(node.place, expected: "matrices", found: "\(left.shape) and \(right.shape)")
        }
        if right.rank == 2, !builder[right.base].hasSamples, factor == 1 {
            let weight = try stored(right, in: [1, 0], for: node)
            return try linear(left, weight: weight, bias: nil, node)
        }
        var sides = [left, right]
        if sides.contains(where: { builder[$0.base].hasSamples }) {
            sides = try sides.map { try spread($0, for: node) }
        }
        let rank = max(left.rank, right.rank)
        let raised = sides.map { Arranged(base: $0.base, view: $0.view.raised(to: rank)) }
        let places = raised.map { Array($0.shape.dropLast(2)) }
        guard let common = Broadcast.shape(places[0], places[1]) else {
            throw wrong(node.place, expected: "as many matrices", found: "\(left.shape) and \(right.shape)")
        }
        let outer = Array(0..<rank - 2)
        var factors: [(value: ValueID, isTransposed: Bool)] = []
        for side in raised {
            // A matrix that lies the other way round is read so.
            let turned = outer + [rank - 1, rank - 2]
            let isTurned = !side.view.isStored(in: Array(0..<rank)) && side.view.isStored(in: turned)
            var value = try stored(side, in: isTurned ? turned : Array(0..<rank), for: node)
            let shape = common + builder[value].shape.suffix(2)
            if builder[value].shape != shape {
                value = try builder.repeated(value, to: shape, name: "\(node.place).repeated")
            }
            factors.append((value, isTurned))
        }
        let values = distinct(factors.map(\.value), for: node)
        return arranged(
            try builder.batchedProduct(
                values[0],
                values[1],
                transposeLeft: factors[0].isTransposed,
                transposeRight: factors[1].isTransposed,
                factor: factor,
                name: node.place
            )
        )
    }

    /// The same tensor with its last two dimensions exchanged.
    private func turned(_ tensor: Arranged) -> Arranged {
        var order = Array(tensor.shape.indices)
        order.swapAt(order.count - 1, order.count - 2)
        return Arranged(base: tensor.base, view: tensor.view.permuted(order))
    }

    mutating func attention(_ node: ExportedProgram.Node) throws -> Arranged {
        try expect(node, "dropout_p", .number(0))
        try expect(node, "enable_gqa", .flag(false))
        for argument in ["key", "value"] {
            // Soft-max goes over all keys, and the scores are in no file.
            guard let name = node.name(argument), let sizes = program.tensors[name]?.sizes,
                sizes.suffix(2).contains(where: \.hasBatch)
            else { continue }
            throw wrong(
                node.place,
                expected: "samples that have nothing to do with each other",
                found: "\(node.operation) over a \(argument) of \(sizes)"
            )
        }
        let (query, key) = (try value(node, "query"), try value(node, "key"))
        guard query.rank >= 2, key.rank >= 2 else {
            throw wrong(node.place, expected: "rows of queries and keys", found: "\(query.shape)")
        }
        let scale = try number(
            node,
            "scale",
            default: 1 / Double(query.shape[query.rank - 1]).squareRoot()
        )
        let values = try value(node, "value")
        let mask = try attentionMask(
            node,
            queries: query.shape[query.rank - 2],
            keys: key.shape[key.rank - 2]
        )
        if let fused = try fusedAttention([query, key, values], bias: mask, scale: scale, node) {
            return fused
        }
        var scores = try matrixProduct(node, query, turned(key), factor: scale)
        if let mask { scores = try sum(scores, mask, node) }
        let probabilities = try softMax(scores, scores.rank - 1, node)
        return try matrixProduct(node, probabilities, values)
    }

    /// Attention as one operator; nil where queries, keys and values do not lie side by side, or the bias is not one for all
    /// samples.
    ///
    /// * `parts`: each sets × heads × tokens × channels
    private mutating func fusedAttention(
        _ parts: [Arranged],
        bias: Arranged?,
        scale: Double,
        _ node: ExportedProgram.Node
    ) throws -> Arranged? {
        let shape = parts[0].shape
        guard shape.count == 4 else { return nil }
        if let bias {
            let places = zip(bias.view.raised(to: 4).shape, shape.prefix(2) + [shape[2], shape[2]])
            guard !builder[bias.base].hasSamples, bias.rank <= 4,
                places.enumerated().allSatisfy({ $1.0 == $1.1 || $1.0 == 1 && $0 < 2 })
            else { return nil }
        }
        guard let fused = try fusedProjections(parts, node) else { return nil }
        let matrices = bias.map { Arranged(base: $0.base, view: $0.view.raised(to: 4)) }
        let made = try builder.selfAttention(
            fused,
            heads: shape[1],
            sets: shape[0],
            bias: matrices.map { try natural($0, for: node) },
            scale: scale,
            name: node.place
        )
        let heads = Rearrangement([shape[0], shape[2], shape[1], shape[3]])
        return Arranged(base: made, view: heads.permuted([0, 2, 1, 3]))
    }

    /// Queries, keys and values of every head side by side, a row for every token; nil where they do not lie so, or where each
    /// of the three does not lie so in a value of its own.
    ///
    /// * `parts`: each sets × heads × tokens × channels
    private mutating func fusedProjections(_ parts: [Arranged], _ node: ExportedProgram.Node) throws
        -> ValueID?
    {
        let shape = parts[0].shape
        guard parts.allSatisfy({ $0.shape == shape }), builder[parts[0].base].hasSamples else { return nil }
        let (sets, heads, tokens, channels) = (shape[0], shape[1], shape[2], shape[3])
        /// Where part `index` of `count` side by side lies.
        func place(_ index: Int, of count: Int) -> Rearrangement {
            Rearrangement([sets, tokens, count * heads, channels]).permuted([0, 2, 1, 3])
                .sliced(1, index * heads..<(index + 1) * heads)
        }
        if parts.enumerated().allSatisfy({ $1.base == parts[0].base && $1.view == place($0, of: 3) }) {
            return try viewed(parts[0].base, as: [sets * tokens, 3 * heads * channels])
        }
        guard parts.allSatisfy({ builder[$0.base].hasSamples && $0.view == place(0, of: 1) }) else {
            return nil
        }
        let rows = try parts.map { try viewed($0.base, as: [sets * tokens, heads * channels]) }
        return try builder.join(distinct(rows, for: node), 1, name: "\(node.place).fused")
    }

    /// What is added to the scores: −∞ where a mask of truths is false, or a key comes after its query.
    private mutating func attentionMask(_ node: ExportedProgram.Node, queries: Int, keys: Int) throws
        -> Arranged?
    {
        if node["is_causal"] == .flag(true) {
            let (count, overflow) = queries.multipliedReportingOverflow(by: keys)
            try spend(overflow ? .max : count, for: node)
            let elements = (0..<count).map { $0 % keys <= $0 / keys ? 0 : -Double.infinity }
            return arranged(try builder.constant("\(node.place).mask", [queries, keys], elements))
        }
        try expect(node, "is_causal", .flag(false))
        if let mask = constant(node, "attn_mask"), mask.kind == .boolean {
            let elements = mask.elements.map { $0 != 0 ? 0 : -Double.infinity }
            return arranged(try builder.constant("\(node.place).mask", mask.shape, elements))
        }
        return try optionalValue(node, "attn_mask")
    }

    mutating func softMax(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        let dimension = try dimension(node, of: input.rank)
        try keepSamplesApart(node, [dimension])
        return try softMax(input, dimension, node)
    }

    private mutating func softMax(_ input: Arranged, _ dimension: Int, _ node: ExportedProgram.Node) throws
        -> Arranged
    {
        let (rows, order) = try stored(input, last: [dimension], for: node)
        return arranged(builder.softMax(rows, name: node.place), in: order)
    }

    /// A product of two tensors by the letters of their dimensions, each of which a letter names once.
    mutating func einsum(_ node: ExportedProgram.Node) throws -> Arranged {
        let tensors = try values(node, "tensors")
        let equation = node["equation"].flatMap { if case .text(let text) = $0 { text } else { nil } } ?? ""
        let sides = equation.filter { $0 != " " }.split(separator: ">").map { $0.filter { $0 != "-" } }
        let inputs = (sides.first ?? "").split(separator: ",").map(Array.init)
        guard sides.count == 2, inputs.count == 2, tensors.count == 2 else {
            throw wrong(node.place, expected: "a product of two tensors", found: equation)
        }
        let (left, right, result) = (inputs[0], inputs[1], Array(sides[1]))
        let all = [left, right, result]
        let shared = result.filter { left.contains($0) && right.contains($0) }
        let (rows, columns) = (
            result.filter { !right.contains($0) }, result.filter { !left.contains($0) }
        )
        let inner = left.filter { right.contains($0) && !result.contains($0) }
        guard all.allSatisfy({ Set($0).count == $0.count && $0.allSatisfy(\.isLetter) }),
            left.count == shared.count + rows.count + inner.count, left.count == tensors[0].rank,
            right.count == shared.count + columns.count + inner.count, right.count == tensors[1].rank,
            result.count == shared.count + rows.count + columns.count
        else { throw wrong(node.place, expected: "a product of two tensors", found: equation) }
        var sizes: [Character: Int] = [:]
        for (letters, tensor) in zip([left, right], tensors) {
            for (letter, size) in zip(letters, tensor.shape) {
                guard sizes.updateValue(size, forKey: letter).map({ $0 == size }) ?? true else {
                    throw wrong(node.place, expected: "one size of \(letter)", found: equation)
                }
            }
        }
        func count(_ letters: [Character]) -> Int { letters.reduce(1) { $0 * (sizes[$1] ?? 1) } }
        func matrices(_ tensor: Arranged, _ own: [Character], _ parts: [[Character]]) throws -> Arranged {
            let order = parts.joined().compactMap { own.firstIndex(of: $0) }
            let view = Arranged(base: tensor.base, view: tensor.view.permuted(order))
            return try reshaped(view, as: parts.map(count), for: node)
        }
        let product = try matrixProduct(
            node,
            matrices(tensors[0], left, [shared, rows, inner]),
            matrices(tensors[1], right, [shared, inner, columns])
        )
        let made = shared + rows + columns
        let whole = try reshaped(product, as: made.map { sizes[$0] ?? 1 }, for: node)
        return Arranged(
            base: whole.base,
            view: whole.view.permuted(result.compactMap { made.firstIndex(of: $0) })
        )
    }
}
