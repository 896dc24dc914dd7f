import Foundation

/// A node whose operands are known: what it makes of them.
///
/// Results are checked against the shapes that the file gives; nil is an operator, or a form of it, that is not known here.
struct ConstantOperator {
    let node: ExportedProgram.Node
    let known: [String: FoldedArray]
    /// Of the results, as the file gives them.
    let shapes: [[Int]]
    let kind: ConstantArray.Kind

    /// Whether a node needs nothing of its operands but their shape.
    static func isShapeAlone(_ node: ExportedProgram.Node) -> Bool {
        [
            "aten.new_zeros", "aten.new_ones", "aten.new_full", "aten.new_empty", "aten.zeros_like",
            "aten.ones_like", "aten.full_like",
        ].contains(node.baseName)
    }

    private var shape: [Int] { shapes[0] }
    private var name: String { String(node.baseName.dropFirst("aten.".count)) }

    func results() -> [FoldedArray]? {
        if node.isInPlace { return written() }
        return made() ?? views() ?? elementwise() ?? joined()
    }

    // Arguments.

    private func operand(_ argument: String) -> FoldedArray? {
        if case .value(let name)? = node[argument] { known[name] } else { nil }
    }

    private var input: FoldedArray? { operand("self") ?? operand("input") }

    private func number(_ argument: String) -> Double? {
        switch node[argument] {
        case .number(let value)?: value
        case .integer(let extent)? where !extent.hasBatch: Double(extent.factor)
        case .flag(let value)?: value ? 1 : 0
        case .value(let name)?: known[name].flatMap { $0.places.count == 1 ? $0.array.elements.first : nil }
        default: nil
        }
    }

    private func integer(_ argument: String) -> Int? {
        if case .integer(let extent)? = node[argument], !extent.hasBatch { extent.factor } else { nil }
    }

    private func dimension(_ argument: String, of rank: Int, default usual: Int? = nil) -> Int? {
        guard let found = node[argument] == nil ? usual : integer(argument) else { return nil }
        let own = found < 0 ? found + rank : found
        return (0..<rank).contains(own) ? own : nil
    }

    // Arrays of nothing.

    private func filled(_ number: Double) -> [FoldedArray] {
        [result([Double](repeating: number, count: shape.reduce(1, *)))]
    }

    private func result(_ elements: [Double]) -> FoldedArray {
        FoldedArray(ConstantArray(shape: shape, elements: elements, kind: kind))
    }

    private func made() -> [FoldedArray]? {
        switch name {
        case "zeros", "new_zeros", "zeros_like", "new_empty", "empty": return filled(0)
        case "ones", "new_ones", "ones_like": return filled(1)
        case "full", "new_full", "full_like", "scalar_tensor":
            return (number("fill_value") ?? number("s")).map(filled)
        case "arange":
            let (start, step) = (number("start") ?? 0, number("step") ?? 1)
            return [result((0..<shape.reduce(1, *)).map { start + Double($0) * step })]
        case "linspace":
            guard let start = number("start"), let end = number("end") else { return nil }
            let count = shape.reduce(1, *)
            let step = count > 1 ? (end - start) / Double(count - 1) : 0
            return [result((0..<count).map { start + Double($0) * step })]
        default: return nil
        }
    }

    // Views.

    private func views() -> [FoldedArray]? {
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
        case "view", "reshape", "flatten", "unflatten", "unsqueeze", "squeeze", "view_as", "reshape_as":
            return reshaped(input, shape).map { [$0] }
        case "alias", "contiguous", "detach", "lift_fresh_copy", "detach_", "dropout":
            return [input]
        case "clone", "to", "_to_copy", "type_as", "float":
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

    /// A number as the result's kind holds it.
    private func converted(_ number: Double) -> Double {
        switch kind {
        case .boolean: number != 0 ? 1 : 0
        case .integer: number.rounded(.towardZero)
        case .real: number
        }
    }

    // Element by element.

    private func elementwise() -> [FoldedArray]? {
        if let function = binary, let left = operand("self"), let right = right("other") ?? right("exponent")
        {
            return laid(left, right, function)
        }
        if name == "rsub", let left = operand("self"), let right = right("other") {
            return laid(left, right) { $1 - $0 }
        }
        if name == "pow", let base = number("self"), let exponent = operand("exponent") {
            return [result(exponent.array.elements.map { Foundation.pow(base, $0) })]
        }
        if name == "where", let condition = operand("condition"), let left = right("self"),
            let right = right("other")
        {
            return chosen(condition, left, right)
        }
        if name == "masked_fill", let input, let mask = operand("mask"), let value = right("value") {
            return chosen(mask, value, input)
        }
        guard let function = unary, let input else { return nil }
        return [result(input.array.elements.map(function))]
    }

    /// A tensor, or a number as one.
    private func right(_ argument: String) -> FoldedArray? {
        operand(argument)
            ?? number(argument).map { FoldedArray(ConstantArray(shape: [], elements: [$0], kind: .real)) }
    }

    private func laid(_ left: FoldedArray, _ right: FoldedArray, _ function: (Double, Double) -> Double)
        -> [FoldedArray]?
    {
        guard ConstantArray.commonShape([left.shape, right.shape]) == shape else { return nil }
        let (a, b) = (left.array.broadcast(to: shape), right.array.broadcast(to: shape))
        return [result(zip(a, b).map { converted(function($0, $1)) })]
    }

    private func chosen(_ condition: FoldedArray, _ left: FoldedArray, _ right: FoldedArray) -> [FoldedArray]?
    {
        guard ConstantArray.commonShape([condition.shape, left.shape, right.shape]) == shape else {
            return nil
        }
        let chooses = condition.array.broadcast(to: shape)
        let (a, b) = (left.array.broadcast(to: shape), right.array.broadcast(to: shape))
        return [result(chooses.indices.map { chooses[$0] != 0 ? a[$0] : b[$0] })]
    }

    private var binary: ((Double, Double) -> Double)? {
        let alpha = number("alpha") ?? 1
        switch name {
        case "add": return { $0 + alpha * $1 }
        case "sub": return { $0 - alpha * $1 }
        case "mul": return { $0 * $1 }
        case "div":
            switch node["rounding_mode"] {
            case .text("floor")?: return { ($0 / $1).rounded(.down) }
            case .text("trunc")?: return { ($0 / $1).rounded(.towardZero) }
            default: return { $0 / $1 }
            }
        case "floor_divide": return { ($0 / $1).rounded(.down) }
        case "remainder": return { $0 - ($0 / $1).rounded(.down) * $1 }
        case "pow": return { Foundation.pow($0, $1) }
        case "eq": return { $0 == $1 ? 1 : 0 }
        case "ne": return { $0 != $1 ? 1 : 0 }
        case "lt": return { $0 < $1 ? 1 : 0 }
        case "le": return { $0 <= $1 ? 1 : 0 }
        case "gt": return { $0 > $1 ? 1 : 0 }
        case "ge": return { $0 >= $1 ? 1 : 0 }
        case "minimum": return { Swift.min($0, $1) }
        case "maximum": return { Swift.max($0, $1) }
        case "logical_and": return { $0 != 0 && $1 != 0 ? 1 : 0 }
        case "logical_or": return { $0 != 0 || $1 != 0 ? 1 : 0 }
        case "__and__", "bitwise_and":
            return kind == .boolean ? { $0 != 0 && $1 != 0 ? 1 : 0 } : nil
        case "__or__", "bitwise_or":
            return kind == .boolean ? { $0 != 0 || $1 != 0 ? 1 : 0 } : nil
        default: return nil
        }
    }

    private var unary: ((Double) -> Double)? {
        switch name {
        case "neg": return { -$0 }
        case "abs": return { Swift.abs($0) }
        case "sign": return { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
        case "exp": return { Foundation.exp($0) }
        case "log": return { Foundation.log($0) }
        case "log2": return { Foundation.log2($0) }
        case "sin": return { Foundation.sin($0) }
        case "cos": return { Foundation.cos($0) }
        case "sqrt": return { $0.squareRoot() }
        case "rsqrt": return { 1 / $0.squareRoot() }
        case "reciprocal": return { 1 / $0 }
        case "floor": return { $0.rounded(.down) }
        case "ceil": return { $0.rounded(.up) }
        case "logical_not", "bitwise_not": return kind == .boolean ? { $0 == 0 ? 1 : 0 } : nil
        case "clamp", "clamp_min", "clamp_max":
            let (low, high) = (number("min") ?? -.infinity, number("max") ?? .infinity)
            return { Swift.min(Swift.max($0, low), high) }
        default: return nil
        }
    }

    // Several arrays, and choices by number.

    private func joined() -> [FoldedArray]? {
        switch name {
        case "cat", "stack":
            guard case .values(let names)? = node["tensors"] else { return nil }
            let parts = names.compactMap { $0.flatMap { known[$0] } }
            guard parts.count == names.count, let dimension = dimension("dim", of: shape.count, default: 0)
            else { return nil }
            let outer = shape[..<dimension].reduce(1, *)
            let arrays = parts.map(\.array.elements)
            guard outer > 0, arrays.allSatisfy({ $0.count % outer == 0 }),
                arrays.reduce(0, { $0 + $1.count }) == shape.reduce(1, *)
            else { return nil }
            return [
                result(
                    (0..<outer).flatMap { row in
                        arrays.flatMap { elements in
                            elements[row * (elements.count / outer)..<(row + 1) * (elements.count / outer)]
                        }
                    }
                )
            ]
        case "index":
            guard let input, case .values(let names)? = node["indices"], let first = names.first,
                let index = first.flatMap({ known[$0] })?.array, names.count == 1, index.kind == .integer,
                let rows = input.shape.first
            else { return nil }
            let width = input.shape.dropFirst().reduce(1, *)
            let elements = input.array.elements
            var found: [Double] = []
            for number in index.elements {
                guard (-Double(rows)..<Double(rows)).contains(number) else { return nil }
                let row = Int(number) + (number < 0 ? rows : 0)
                found += elements[row * width..<(row + 1) * width]
            }
            return found.count == shape.reduce(1, *) ? [result(found)] : nil
        default: return nil
        }
    }

    // Operators that write over their operand.

    private func written() -> [FoldedArray]? {
        guard let target = operand("self") else { return nil }
        let elements: [Double]
        switch name {
        case "fill_", "zero_":
            guard let value = name == "zero_" ? 0 : number("value") else { return nil }
            elements = [Double](repeating: value, count: target.places.count)
        case "copy_":
            guard let source = operand("src"),
                ConstantArray.commonShape([source.shape, target.shape]) == target.shape
            else { return nil }
            elements = source.array.broadcast(to: target.shape)
        default:
            let functional = ExportedProgram.Node(
                operation: String(node.baseName.dropLast()),
                arguments: node.arguments,
                results: node.results,
                module: node.module
            )
            let operation = ConstantOperator(node: functional, known: known, shapes: shapes, kind: kind)
            guard let made = operation.elementwise()?.first, made.shape == target.shape else { return nil }
            elements = made.array.elements
        }
        for (place, element) in zip(target.places, elements) { target.memory.elements[place] = element }
        return [target]
    }
}
