import Graphs
import Kernels

/// Places chosen by numbers that are known beforehand.
extension GraphImporter {
    /// Along some dimensions other places: by place of the result that of the input, −1 for zero.
    mutating func gathered(
        _ input: Arranged,
        _ places: [(dimension: Int, places: [Int])],
        _ node: ExportedProgram.Node
    ) throws -> Arranged {
        try keepSamplesApart(node, places.map(\.dimension))
        var tensor = input
        for (dimension, places) in places {
            try spend(places.count + tensor.shape[dimension], for: node)
            let (value, order) = try stored(tensor, for: node)
            let place = order.firstIndex(of: dimension) ?? 0
            tensor = arranged(try builder.gathered(value, place, places, name: node.place), in: order)
        }
        return tensor
    }

    /// * returns nil where the only reader is a convolution, which does it
    mutating func pad(_ node: ExportedProgram.Node) throws -> Arranged? {
        let input = try value(node, "self")
        let amounts = try integers(node, "pad")
        let filling = optionalNumber(node, "value") ?? 0
        let mode = node["mode"].flatMap { if case .text(let text) = $0 { text } else { nil } } ?? "constant"
        guard amounts.count % 2 == 0, amounts.count / 2 <= input.rank,
            amounts.allSatisfy({ (-1 << 20...1 << 20).contains($0) })
        else { throw wrong(node.place, expected: "zeros at two ends each", found: "\(amounts)") }
        if filling == 0, mode == "constant", leavesMargin(node, around: input, amounts) { return nil }
        var places: [(dimension: Int, places: [Int])] = []
        for index in 0..<amounts.count / 2 where amounts[2 * index] != 0 || amounts[2 * index + 1] != 0 {
            let dimension = input.rank - 1 - index
            let size = input.shape[dimension]
            let range = -amounts[2 * index]..<max(-amounts[2 * index], size + amounts[2 * index + 1])
            try spend(range.count, for: node)
            places.append((dimension, try range.map { try place($0, of: size, mode, node) }))
        }
        let made = try gathered(input, places, node)
        guard filling != 0, mode == "constant", !places.isEmpty else { return made }
        // What is filled in has its own place, where there are zeros.
        var (elements, shape) = ([0.0], [Int](repeating: 1, count: made.rank))
        for dimension in 0..<made.rank {
            guard let own = places.first(where: { $0.dimension == dimension })?.places else { continue }
            try spend(elements.count * own.count, for: node)
            elements = elements.flatMap { element in own.map { $0 < 0 ? filling : element } }
            shape[dimension] = own.count
        }
        let added = arranged(try builder.constant("\(node.place).filling", shape, elements))
        return try sum(made, added, node)
    }

    /// Which of `size` places stands at a place before, in or behind them; −1 for none.
    private func place(_ place: Int, of size: Int, _ mode: String, _ node: ExportedProgram.Node)
        throws(GraphFileError) -> Int
    {
        if (0..<size).contains(place) { return place }
        switch mode {
        case "constant": return -1
        case "replicate": return min(max(place, 0), size - 1)
        case "reflect" where (1 - size..<2 * size - 1).contains(place):
            return place < 0 ? -place : 2 * (size - 1) - place
        case "circular" where (-size..<2 * size).contains(place): return (place + size) % size
        default:
            throw wrong(
                node.place,
                expected: "zeros, the last, the mirrored or the opposite places",
                found: "\(mode) over \(size)"
            )
        }
    }

    mutating func roll(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        let (shifts, dimensions) = (
            try integers(node, "shifts"), try dimensions(node, "dims", of: input.rank)
        )
        guard shifts.count == dimensions.count, node["dims"] != nil else {
            throw wrong(node.place, expected: "a shift for each dimension", found: "\(shifts)")
        }
        var places: [(dimension: Int, places: [Int])] = []
        for (shift, dimension) in zip(shifts, dimensions) {
            let size = input.shape[dimension]
            try spend(size, for: node)
            let start = (size - shift % size) % size
            places.append((dimension, (0..<size).map { ($0 + start) % size }))
        }
        return try gathered(input, places, node)
    }

    mutating func flip(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        var places: [(dimension: Int, places: [Int])] = []
        for dimension in try dimensions(node, "dims", of: input.rank) {
            try spend(input.shape[dimension], for: node)
            places.append((dimension, (0..<input.shape[dimension]).reversed()))
        }
        return try gathered(input, places, node)
    }

    /// The whole tensor several times along each dimension.
    mutating func repeated(_ node: ExportedProgram.Node) throws -> Arranged {
        guard let result = node.results.first, case .integers(let counts)? = node["repeats"] else {
            throw wrong(node.place, expected: "how often", found: Self.inWords(node["repeats"]))
        }
        var input = try value(node, "self")
        let shape = try shape(of: result)
        guard shape.count >= input.rank, counts.count == shape.count else {
            throw wrong(node.place, expected: "a repetition of \(input.shape)", found: "\(shape)")
        }
        if counts.contains(where: \.hasBatch) { input = try spread(input, for: node) }
        input = Arranged(base: input.base, view: input.view.raised(to: shape.count))
        let (value, order) = try stored(input, for: node)
        // What has one place is repeated, what has several is gathered.
        let once = zip(input.shape, shape).map { $0 == 1 ? $1 : $0 }
        let base = try builder.repeated(value, to: order.map { once[$0] }, name: node.place)
        var places: [(dimension: Int, places: [Int])] = []
        for dimension in shape.indices where once[dimension] != shape[dimension] {
            let size = once[dimension]
            guard shape[dimension] % size == 0 else {
                throw wrong(node.place, expected: "a repetition of \(input.shape)", found: "\(shape)")
            }
            try spend(shape[dimension], for: node)
            places.append((dimension, (0..<shape[dimension]).map { $0 % size }))
        }
        return try gathered(arranged(base, in: order), places, node)
    }

    /// Places by arrays of numbers: one for each of some dimensions side by side, all laid over each other.
    mutating func index(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, "self")
        guard case .values(let names)? = node["indices"] else {
            throw wrong(node.place, expected: "indices", found: Self.inWords(node["indices"]))
        }
        let given = names.enumerated().filter { $0.element != nil }
        let arrays = given.compactMap { item in item.element.flatMap { program.folded[$0] } }
        guard let first = given.first?.offset, arrays.count == given.count, given.count > 0,
            arrays.allSatisfy({ $0.kind == .integer }),
            given.enumerated().allSatisfy({ $0.offset + first == $0.element.offset }),
            first + given.count <= input.rank,
            let shape = ConstantArray.commonShape(arrays.map(\.shape))
        else {
            throw wrong(
                node.place,
                expected: "whole numbers that depend on no image, for dimensions side by side",
                found: Self.inWords(node["indices"])
            )
        }
        let dimensions = first..<first + given.count
        try keepSamplesApart(node, Array(dimensions))
        try spend(shape.elementCount, for: node)
        var places = [Int](repeating: 0, count: shape.reduce(1, *))
        for (array, dimension) in zip(arrays, dimensions) {
            let size = input.shape[dimension]
            for (place, number) in array.broadcast(to: shape).enumerated() {
                guard (-Double(size)..<Double(size)).contains(number) else {
                    throw wrong(node.place, expected: "places of \(size)", found: "\(number)")
                }
                places[place] = places[place] * size + Int(number) + (number < 0 ? size : 0)
            }
        }
        let outer = Array(input.shape[..<first])
        let rest = Array(input.shape[dimensions.upperBound...])
        let merged = try reshaped(
            input,
            as: outer + [dimensions.reduce(1) { $0 * input.shape[$1] }] + rest,
            for: node
        )
        let made = try gathered(merged, [(first, places)], node)
        return try reshaped(made, as: outer + shape + rest, for: node)
    }

    /// Rows of a table.
    mutating func rows(_ node: ExportedProgram.Node, _ operation: KnownOperator) throws -> Arranged {
        let isTable = operation == .embedding
        let input = try value(node, isTable ? "weight" : "self")
        let dimension = isTable ? 0 : try dimension(node, of: input.rank)
        guard let numbers = constant(node, isTable ? "indices" : "index"), numbers.kind == .integer,
            numbers.elements.allSatisfy({ (0..<Double(input.shape[dimension])).contains($0) })
        else {
            throw wrong(
                node.place,
                expected: "whole numbers that depend on no image",
                found: Self.inWords(node[isTable ? "indices" : "index"])
            )
        }
        try spend(numbers.elements.count, for: node)
        let made = try gathered(input, [(dimension, numbers.elements.map { Int($0) })], node)
        let (outer, rest) = (input.shape[..<dimension], input.shape[(dimension + 1)...])
        return try reshaped(made, as: outer + numbers.shape + rest, for: node)
    }

    /// Images of another size, every pixel that of the nearest.
    mutating func nearest(_ node: ExportedProgram.Node) throws -> Arranged {
        let input = try value(node, node["input"] == nil ? "self" : "input")
        guard let result = node.results.first, input.rank == 4 else {
            throw wrong(node.place, expected: "images", found: "\(input.shape)")
        }
        let shape = try shape(of: result)
        var places: [(dimension: Int, places: [Int])] = []
        for dimension in 2..<4 where shape[dimension] != input.shape[dimension] {
            let (size, count) = (input.shape[dimension], shape[dimension])
            try spend(count, for: node)
            places.append((dimension, (0..<count).map { $0 * size / count }))
        }
        return try gathered(input, places, node)
    }

    /// Images of another size: along each dimension a product with a matrix of weights.
    ///
    /// * `method`: nil for every pixel between four
    mutating func resized(_ node: ExportedProgram.Node, _ method: PositionResampling.Method?) throws
        -> Arranged
    {
        try expect(node, "scale_factors")
        try expect(node, "scales_h")
        try expect(node, "scales_w")
        let isAligned = try flag(node, "align_corners")
        guard !isAligned || method != .antialiasedBicubic else {
            throw wrong(
                node.place,
                expected: "antialiasing without aligned corners",
                found: "align_corners=True"
            )
        }
        var tensor = try value(node, node["input"] == nil ? "self" : "input")
        guard let result = node.results.first, tensor.rank == 4 else {
            throw wrong(node.place, expected: "images", found: "\(tensor.shape)")
        }
        let shape = try shape(of: result)
        for dimension in 2..<4 where shape[dimension] != tensor.shape[dimension] {
            let (size, count) = (tensor.shape[dimension], shape[dimension])
            try spend([size, count].elementCount, for: node)
            var weights = [Double](repeating: 0, count: size * count)
            if let method {
                let method = method == .bicubic && isAligned ? .bicubicAlignedCorners : method
                let axis = PositionResampling.axis(from: size, to: count, method)
                for (place, taps) in axis.enumerated() {
                    for tap in taps { weights[place * size + tap.place] += tap.weight }
                }
            } else {
                for place in 0..<count {
                    let centre =
                        isAligned
                        ? count > 1 ? Double(place) * Double(size - 1) / Double(count - 1) : 0
                        : max(0, (Double(place) + 0.5) * Double(size) / Double(count) - 0.5)
                    let low = min(Int(centre), size - 1)
                    let high = min(low + 1, size - 1)
                    weights[place * size + low] += 1 - (centre - Double(low))
                    weights[place * size + high] += centre - Double(low)
                }
            }
            let name = "\(node.place).weights\(dimension)"
            let matrix = try builder.constant(name, [count, size], weights)
            let (rows, order) = try stored(tensor, last: [dimension], for: node)
            let made = try builder.linear(rows, weight: matrix, bias: nil, name: node.place)
            tensor = arranged(made, in: order)
        }
        return tensor
    }
}
