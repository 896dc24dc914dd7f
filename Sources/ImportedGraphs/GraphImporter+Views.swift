import Graphs
import Kernels

/// Orders, parts and shapes: most of them are only noted.
extension GraphImporter {
    mutating func permuted(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        var order = Array(input.shape.indices)
        if node["dims"] != nil {
            order = try integers(node, "dims").map { $0 < 0 ? $0 + order.count : $0 }
        } else if KnownOperator(rawValue: node.baseName) == .t {
            order.reverse()
        } else {
            let names = node["dim0"] == nil ? ("axis0", "axis1") : ("dim0", "dim1")
            order.swapAt(
                try dimension(node, names.0, of: order.count),
                try dimension(node, names.1, of: order.count)
            )
        }
        guard order.sorted() == Array(input.shape.indices) else {
            throw wrong(node.place, expected: "an order of \(input.shape)", found: "\(order)")
        }
        return Arranged(base: input.base, view: input.view.permuted(order))
    }

    /// The same elements in the shape of the result.
    mutating func reshaped(_ node: ExportedProgram.Node, _ input: Arranged) throws -> Arranged {
        guard let result = node.results.first else {
            throw wrong(node.place, expected: "a result", found: "none")
        }
        let shape = try shape(of: result)
        try keepBatchInPlace(node, result, input)
        return try reshaped(input, as: shape, for: node)
    }

    /// Elements of different samples must stay apart: what stands before the batch, in dimensions of its own or with it in one,
    /// is as much as before.
    private mutating func keepBatchInPlace(_ node: ExportedProgram.Node, _ result: String, _ input: Arranged)
        throws
    {
        guard builder[input.base].hasSamples, let source = node.operands.first,
            let sizes = program.tensors[source]?.sizes, let target = program.tensors[result]?.sizes
        else { return }
        func before(_ sizes: [Extent]) -> Int { sizes.prefix { !$0.hasBatch }.reduce(1) { $0 * $1.factor } }
        let rows = before(sizes) * (rowsBeforeBatch[source] ?? 1)
        let (own, rest) = rows.quotientAndRemainder(dividingBy: before(target))
        guard rest == 0, let batch = target.first(where: \.hasBatch), batch.factor % max(own, 1) == 0, own > 0
        else {
            throw wrong(
                node.place,
                expected: "the batch to stay in its place",
                found: "\(sizes) as \(target)"
            )
        }
        rowsBeforeBatch[result] = own == 1 ? nil : own
    }

    /// What works row by row leaves rows where they are; nothing else is told where rows before the batch lie.
    mutating func passOnRowsBeforeBatch(_ node: ExportedProgram.Node, _ operation: KnownOperator) throws {
        guard let rows = node.operands.compactMap({ rowsBeforeBatch[$0] }).first else { return }
        switch operation {
        case .view, .viewAs, .reshape, .reshapeAs, .flatten, .unflatten, .unsqueeze, .squeeze: return
        case .linear, .addmm, .layerNorm, .gelu, .relu, .silu, .dropout, .contiguous, .alias, .clone, .detach:
            for result in node.results { rowsBeforeBatch[result] = rows }
        default:
            throw wrong(
                node.place,
                expected: "the batch before the rows",
                found: "\(rows) rows before the batch in one dimension"
            )
        }
    }

    mutating func select(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        let dimension = try dimension(node, of: input.rank)
        try keepSamplesApart(node, [dimension])
        let (index, size) = (try integer(node, "index"), input.shape[dimension])
        guard (-size..<size).contains(index) else {
            throw wrong(node.place, expected: "a place of \(size)", found: "\(index)")
        }
        let view = input.view.selected(dimension, index < 0 ? index + size : index)
        return Arranged(base: input.base, view: view)
    }

    mutating func slice(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        let dimension = try dimension(node, of: input.rank, default: 0)
        let size = input.shape[dimension]
        func bound(_ argument: String, _ usual: Int) throws(GraphFileError) -> Int {
            let found = try integer(node, argument, default: usual)
            return min(max(found < 0 ? found + size : found, 0), size)
        }
        let start = try bound("start", 0)
        let end =
            node["length"] == nil
            ? try bound("end", size) : start + min(size - start, max(0, try integer(node, "length")))
        let step = try integer(node, "step", default: 1)
        guard (1...size).contains(step), start < end else {
            throw wrong(node.place, expected: "a part of \(size)", found: "\(start) to \(end) by \(step)")
        }
        guard start > 0 || end < size || step > 1 else { return input }
        try keepSamplesApart(node, [dimension])
        return Arranged(base: input.base, view: input.view.sliced(dimension, start..<end, step: step))
    }

    /// Parts one after another along a dimension, as many and as long as the results.
    ///
    /// * `length`: of a part, by what its result has in that dimension
    mutating func parts(_ node: ExportedProgram.Node, length: (Int) -> Int) throws -> [Arranged?] {
        let input = try value(node, node["self"] == nil ? "input" : "self")
        let dimension = try dimension(node, of: input.rank, default: 0)
        try keepSamplesApart(node, [dimension])
        var (made, start) = ([Arranged?](), 0)
        for result in node.results {
            let shape = try shape(of: result)
            let isSelected = shape.count < input.rank
            let count = length(isSelected ? 1 : shape[dimension])
            guard count <= input.shape[dimension] - start else {
                throw wrong(node.place, expected: "parts of \(input.shape)", found: "more than there is")
            }
            let view =
                isSelected
                ? input.view.selected(dimension, start) : input.view.sliced(dimension, start..<start + count)
            made.append(isRead(result) ? Arranged(base: input.base, view: view) : nil)
            start += count
        }
        return made
    }

    /// Parts one behind the other.
    mutating func join(_ node: ExportedProgram.Node, _ parts: [Arranged]) throws -> Arranged {
        // An empty one, as PyTorch allows it, has no place in a graph.
        guard let first = parts.first, parts.allSatisfy({ $0.rank == first.rank }) else {
            throw wrong(node.place, expected: "tensors of one rank", found: "\(parts.map(\.shape))")
        }
        let dimension = try dimension(node, of: first.rank, default: 0)
        try keepSamplesApart(node, [dimension])
        return try join(node, parts, dimension)
    }

    private mutating func join(_ node: ExportedProgram.Node, _ parts: [Arranged], _ dimension: Int) throws
        -> Arranged
    {
        var parts = parts
        if parts.contains(where: { builder[$0.base].hasSamples }) {
            parts = try parts.map { try spread($0, for: node) }
        }
        let order = parts.max { $0.count < $1.count }?.view.storedOrder ?? []
        let values = distinct(try parts.map { try stored($0, in: order, for: node) }, for: node)
        guard values.count > 1, let place = order.firstIndex(of: dimension) else {
            return parts[0]
        }
        return arranged(try builder.join(values, place, name: node.place), in: order)
    }

    mutating func stack(_ node: ExportedProgram.Node) throws -> Arranged {
        let parts = try values(node, "tensors")
        guard let shape = parts.first?.shape, parts.allSatisfy({ $0.shape == shape }) else {
            throw wrong(node.place, expected: "tensors of one shape", found: "\(parts.map(\.shape))")
        }
        let dimension = try dimension(node, of: shape.count + 1, default: 0)
        let raised = try parts.map { part in
            var shape = part.shape
            shape.insert(1, at: dimension)
            return try reshaped(part, as: shape, for: node)
        }
        return try join(node, raised, dimension)
    }

    /// A tensor repeated along dimensions of size 1, and over the batch, to the shape of the result.
    mutating func expand(_ node: ExportedProgram.Node) throws -> Arranged {
        guard let result = node.results.first else {
            throw wrong(node.place, expected: "a result", found: "none")
        }
        var input = try value(node, "self")
        let shape = try shape(of: result)
        guard shape.count >= input.rank else {
            throw wrong(node.place, expected: "an expansion of \(input.shape)", found: "\(shape)")
        }
        if program.tensors[result]?.sizes.contains(where: \.hasBatch) == true {
            input = try spread(input, for: node)
        }
        input = Arranged(base: input.base, view: input.view.raised(to: shape.count))
        guard input.shape != shape else { return input }
        let (value, order) = try stored(input, for: node)
        let made = try builder.repeated(value, to: order.map { shape[$0] }, name: node.place)
        return arranged(made, in: order)
    }

    /// Channels of some groups, one of each after the other.
    mutating func channelShuffle(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        let groups = try integer(node, "groups")
        guard input.rank > 1, groups > 0, input.shape[1] % groups == 0 else {
            throw wrong(node.place, expected: "channels in groups", found: "\(input.shape), \(groups)")
        }
        let rest = Array(input.shape[2...])
        let parts = try reshaped(
            input,
            as: [input.shape[0], groups, input.shape[1] / groups] + rest,
            for: node
        )
        let order = [0, 2, 1] + Array(3..<parts.rank)
        let turned = Arranged(base: parts.base, view: parts.view.permuted(order))
        return try reshaped(turned, as: input.shape, for: node)
    }

    /// Channels that become pixels, or the other way round.
    mutating func pixelShuffle(_ node: ExportedProgram.Node, _ operation: KnownOperator) throws -> Arranged {
        let input = try value(node, "self")
        let isUp = operation == .pixelShuffle
        let factor = try integer(node, isUp ? "upscale_factor" : "downscale_factor")
        guard input.rank == 4, (1...1 << 16).contains(factor), let result = node.results.first else {
            throw wrong(node.place, expected: "images", found: "\(input.shape)")
        }
        let (shape, target) = (input.shape, try shape(of: result))
        let apart =
            isUp
            ? [shape[0], target[1], factor, factor, shape[2], shape[3]]
            : [shape[0], shape[1], target[2], factor, target[3], factor]
        guard apart.elementCount == input.count else {
            throw wrong(node.place, expected: "a multiple of \(factor)", found: "\(shape)")
        }
        let parts = try reshaped(input, as: apart, for: node)
        let order = isUp ? [0, 1, 4, 2, 5, 3] : [0, 1, 3, 5, 2, 4]
        let turned = Arranged(base: parts.base, view: parts.view.permuted(order))
        return try reshaped(turned, as: target, for: node)
    }
}
