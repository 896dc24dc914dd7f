/// A node whose operands are known: what it makes of them.
///
/// Results are checked against the shapes that the file gives; nil is an operator, or a form of it, that is not known here.
struct ConstantOperator {
    let node: ExportedProgram.Node
    let known: [String: FoldedArray]
    /// Of the results, as the file gives them.
    let shapes: [[Int]]
    /// Whether the first dimension of operands and results is the batch, of which there is one sample.
    let hasBatch: Bool
    let kind: ConstantArray.Kind
    /// Whether the first operand and the first result have one element type.
    let keepsType: Bool

    /// Whether a node needs nothing of its operands but their shape.
    static func isShapeAlone(_ node: ExportedProgram.Node) -> Bool {
        isFilled(node) && !node.operands.isEmpty
    }

    /// Whether all elements of a node's result are one number that it names.
    static func isFilled(_ node: ExportedProgram.Node) -> Bool {
        let name = node.baseName.dropFirst("aten.".count)
        let kinds = ["zeros", "ones", "full", "empty"]
        return kinds.contains { name == $0 || name == "new_\($0)" || name == "\($0)_like" }
    }

    var shape: [Int] { shapes[0] }
    var name: String { String(node.baseName.dropFirst("aten.".count)) }

    func results() -> [FoldedArray]? {
        if node.isInPlace { return written() }
        return made() ?? views() ?? elementwise() ?? joined() ?? running()
    }

    // Arguments.

    func operand(_ argument: String) -> FoldedArray? {
        if case .value(let name)? = node[argument] { known[name] } else { nil }
    }

    var input: FoldedArray? { operand("self") ?? operand("input") }

    func number(_ argument: String) -> Double? {
        switch node[argument] {
        case .number(let value)?: value
        case .integer(let extent)? where !extent.hasBatch: Double(extent.factor)
        case .flag(let value)?: value ? 1 : 0
        case .value(let name)?: known[name].flatMap { $0.places.count == 1 ? $0.array.elements.first : nil }
        default: nil
        }
    }

    func integer(_ argument: String) -> Int? {
        if case .integer(let extent)? = node[argument], !extent.hasBatch { extent.factor } else { nil }
    }

    func dimension(_ argument: String, of rank: Int, default usual: Int? = nil) -> Int? {
        guard let found = node[argument] == nil ? usual : integer(argument) else { return nil }
        let own = found < 0 ? found + rank : found
        return (0..<rank).contains(own) ? own : nil
    }

    // Arrays of nothing.

    private func filled(_ number: Double) -> [FoldedArray] {
        [result([Double](repeating: number, count: shape.reduce(1, *)))]
    }

    func result(_ elements: [Double]) -> FoldedArray {
        FoldedArray(ConstantArray(shape: shape, elements: elements, kind: kind))
    }

    private func made() -> [FoldedArray]? {
        switch name {
        case "zeros", "new_zeros", "zeros_like", "empty", "new_empty", "empty_like": return filled(0)
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

    /// A number as the result's kind holds it.
    func converted(_ number: Double) -> Double {
        switch kind {
        case .boolean: number != 0 ? 1 : 0
        case .integer: number.rounded(.towardZero)
        case .real: number
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
        case "meshgrid":
            guard case .values(let names)? = node["tensors"] else { return nil }
            let axes = names.compactMap { $0.flatMap { known[$0] } }
            let turns = node["indexing"] == .text("xy") && axes.count > 1
            guard axes.count == names.count, axes.count == shape.count, !hasBatch else { return nil }
            return axes.enumerated().map { index, axis in
                let own = turns && index < 2 ? 1 - index : index
                let inner = shape[(own + 1)...].reduce(1, *)
                guard shape[own] == axis.places.count else { return axis }
                return axis.view((0..<shape.reduce(1, *)).map { $0 / inner % shape[own] }, shape)
            }
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

    /// Sums of all elements so far, along a dimension.
    private func running() -> [FoldedArray]? {
        guard name == "cumsum", let input, input.shape == shape,
            let dimension = dimension("dim", of: shape.count), dimension > 0 || !hasBatch
        else { return nil }
        let width = shape[(dimension + 1)...].reduce(1, *)
        var elements = input.array.elements.map(converted)
        for place in elements.indices where place / width % shape[dimension] > 0 {
            elements[place] += elements[place - width]
        }
        return [result(elements)]
    }

    // Operators that write over their operand.

    private func written() -> [FoldedArray]? {
        guard let target = operand("self") else { return nil }
        let elements: [Double]
        switch name {
        case "detach_": return [target]
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
            let operation = ConstantOperator(
                node: functional,
                known: known,
                shapes: shapes,
                hasBatch: hasBatch,
                kind: kind,
                keepsType: keepsType
            )
            guard let made = operation.elementwise()?.first, made.shape == target.shape else { return nil }
            elements = made.array.elements
        }
        target.memory.write(elements, at: target.places)
        return [target]
    }
}
