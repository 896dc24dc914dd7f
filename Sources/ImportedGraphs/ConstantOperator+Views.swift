/// Other orders, shapes and parts of an array, which share its memory.
extension ConstantOperator {
    func views() -> [FoldedArray]? {
        guard let input else { return nil }
        let rank = input.shape.count
        var strides = [Int](repeating: 1, count: rank)
        for index in strides.indices.dropLast().reversed() {
            strides[index] = strides[index + 1] * input.shape[index + 1]
        }
        func ordered(_ order: [Int]) -> [FoldedArray]? {
            guard order.sorted() == Array(0..<rank) else { return nil }
            let shape = order.map { input.shape[$0] }
            let places = ConstantArray.places(shape: shape, strides: order.map { strides[$0] }, start: 0)
            return [input.view(places, shape)]
        }
        func part(_ dimension: Int, _ start: Int, _ count: Int, _ step: Int = 1) -> FoldedArray? {
            guard start >= 0, count >= 0, count == 0 || start + (count - 1) * step < input.shape[dimension]
            else {
                return nil
            }
            var (shape, own) = (input.shape, strides)
            shape[dimension] = count
            own[dimension] *= step
            return input.view(
                ConstantArray.places(shape: shape, strides: own, start: start * strides[dimension]),
                shape
            )
        }
        func reshaped(_ array: FoldedArray, _ shape: [Int]) -> FoldedArray? {
            array.places.count == shape.reduce(1, *)
                ? FoldedArray(memory: array.memory, places: array.places, shape: shape, kind: array.kind)
                : nil
        }
        switch name {
        case "view", "unflatten", "unsqueeze", "squeeze", "view_as":
            return reshaped(input, shape).map { [$0] }
        case "reshape", "flatten", "reshape_as":
            return reshaped(input, shape).map { [maybeCopy($0.array.elements, of: input)] }
        case "contiguous":
            return [maybeCopy(input.array.elements, of: input)]
        case "alias", "detach", "dropout":
            return [input]
        case "to" where keepsTensor, "type_as" where keepsTensor:
            return [input]
        case "clone", "to", "_to_copy", "type_as", "lift_fresh_copy":
            return [result(input.array.elements.map(converted))]
        case "expand", "expand_as":
            guard ConstantArray.commonShape([input.shape, shape]) == shape else { return nil }
            return [input.view(ConstantArray.places(of: input.shape, in: shape), shape)]
        case "permute":
            guard case .integers(let dims)? = node["dims"] else { return nil }
            return ordered(dims.map { $0.factor < 0 ? $0.factor + rank : $0.factor })
        case "t": return ordered((0..<rank).reversed())
        case "transpose":
            guard let first = dimension("dim0", of: rank), let second = dimension("dim1", of: rank) else {
                return nil
            }
            var order = Array(0..<rank)
            order.swapAt(first, second)
            return ordered(order)
        case "select":
            guard let dimension = dimension("dim", of: rank), let index = integer("index") else { return nil }
            let place = index < 0 ? index + input.shape[dimension] : index
            return part(dimension, place, 1).flatMap { reshaped($0, shape) }.map { [$0] }
        case "slice":
            guard let dimension = dimension("dim", of: rank, default: 0) else { return nil }
            let size = input.shape[dimension]
            func bound(_ argument: String, _ usual: Int) -> Int {
                let found = integer(argument) ?? usual
                return min(max(found < 0 ? found + size : found, 0), size)
            }
            let (start, end, step) = (bound("start", 0), bound("end", size), integer("step") ?? 1)
            guard (1...max(1, size)).contains(step) else { return nil }
            return part(dimension, start, max(0, end - start + step - 1) / step, step).map { [$0] }
        case "unbind":
            guard let dimension = dimension("dim", of: rank, default: 0),
                shapes.count == input.shape[dimension]
            else { return nil }
            let parts = shapes.indices.compactMap { index in
                part(dimension, index, 1).flatMap { reshaped($0, shapes[index]) }
            }
            return parts.count == shapes.count ? parts : nil
        case "chunk", "split", "split_with_sizes":
            guard let dimension = dimension("dim", of: rank, default: 0) else { return nil }
            var (parts, start) = ([FoldedArray](), 0)
            for shape in shapes {
                guard shape.count == rank, let part = part(dimension, start, shape[dimension]) else {
                    return nil
                }
                parts.append(part)
                start += shape[dimension]
            }
            return parts
        case "repeat":
            let raised = [Int](repeating: 1, count: max(0, shape.count - rank)) + input.shape
            guard raised.count == shape.count, zip(shape, raised).allSatisfy({ $1 > 0 && $0 % $1 == 0 })
            else {
                return nil
            }
            let whole = ConstantArray.places(
                shape: zip(shape, raised).flatMap { [$0 / $1, $1] },
                strides: raised.indices.flatMap { index in
                    [0, raised[(index + 1)...].reduce(1, *)]
                },
                start: 0
            )
            return [FoldedArray(input.view(whole, shape).array)]
        case "roll":
            guard case .integers(let shifts)? = node["shifts"], case .integers(let dims)? = node["dims"],
                shifts.count == dims.count
            else { return nil }
            var places = Array(input.places.indices)
            for (shift, dim) in zip(shifts, dims) {
                let dimension = dim.factor < 0 ? dim.factor + rank : dim.factor
                guard (0..<rank).contains(dimension) else { return nil }
                let (size, stride) = (input.shape[dimension], strides[dimension])
                places = places.indices.map { place in
                    let own = place / stride % size
                    let from = (own - shift.factor % size + size) % size
                    return places[place + (from - own) * stride]
                }
            }
            return [FoldedArray(input.view(places, shape).array)]
        default: return nil
        }
    }
}

extension ConstantOperator {
    /// What PyTorch copies where strides cannot say it, and leaves where it is where they can.
    private func maybeCopy(_ elements: [Double], of input: FoldedArray) -> FoldedArray {
        let made = result(elements)
        input.memory.mayBe(made.memory)
        return made
    }

    /// Whether a change of the element type is none, so that PyTorch returns what it was given.
    private var keepsTensor: Bool {
        keepsType && node["copy"] != .flag(true) && [nil, .some(.none)].contains(node["memory_format"])
    }
}
