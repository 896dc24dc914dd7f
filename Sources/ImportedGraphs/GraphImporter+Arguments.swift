import Graphs

/// What a node's arguments stand for.
extension GraphImporter {
    mutating func value(_ node: ExportedProgram.Node, _ argument: String) throws(GraphFileError) -> Arranged {
        guard case .value(let name)? = node[argument], let value = try value(named: name) else {
            throw wrong(node.place, expected: "a tensor as \(argument)", found: Self.inWords(node[argument]))
        }
        return value
    }

    mutating func optionalValue(_ node: ExportedProgram.Node, _ argument: String) throws(GraphFileError)
        -> Arranged?
    {
        switch node[argument] {
        case nil, ExportedProgram.Argument.none?: nil
        default: try value(node, argument)
        }
    }

    mutating func values(_ node: ExportedProgram.Node, _ argument: String) throws(GraphFileError)
        -> [Arranged]
    {
        guard case .values(let names)? = node[argument], !names.isEmpty else {
            throw wrong(node.place, expected: "tensors as \(argument)", found: Self.inWords(node[argument]))
        }
        var found: [Arranged] = []
        for name in names {
            guard let name, let value = try value(named: name) else {
                throw wrong(node.place, expected: "tensors as \(argument)", found: name ?? "none")
            }
            found.append(value)
        }
        return found
    }

    /// The numbers of a constant; nil of any other tensor.
    func constant(_ node: ExportedProgram.Node, _ argument: String) -> ConstantArray? {
        guard case .value(let name)? = node[argument] else { return nil }
        return program.folded[name]
    }

    /// A number, as such or as a constant of one element; nil where it is none.
    func optionalNumber(_ node: ExportedProgram.Node, _ argument: String) -> Double? {
        switch node[argument] {
        case .number(let value)?: value
        case .integer(let extent)? where !extent.hasBatch: Double(extent.factor)
        case .value(let name)?:
            program.folded[name].flatMap { $0.shape.isEmpty ? $0.elements.first : nil }
        default: nil
        }
    }

    func flag(_ node: ExportedProgram.Node, _ argument: String, default usual: Bool = false)
        throws(GraphFileError) -> Bool
    {
        switch node[argument] {
        case nil, ExportedProgram.Argument.none?: return usual
        case .flag(let value)?: return value
        default:
            throw wrong(
                node.place,
                expected: "true or false as \(argument)",
                found: Self.inWords(node[argument])
            )
        }
    }

    func integer(_ node: ExportedProgram.Node, _ argument: String, default usual: Int? = nil)
        throws(GraphFileError) -> Int
    {
        if case .integer(let extent)? = node[argument], !extent.hasBatch { return extent.factor }
        if node[argument] == nil || node[argument] == ExportedProgram.Argument.none, let usual {
            return usual
        }
        throw wrong(node.place, expected: "an integer as \(argument)", found: Self.inWords(node[argument]))
    }

    func integers(_ node: ExportedProgram.Node, _ argument: String, default usual: [Int]? = nil)
        throws(GraphFileError) -> [Int]
    {
        if case .integers(let extents)? = node[argument], !extents.contains(where: \.hasBatch) {
            return extents.map(\.factor)
        }
        if case .integer(let extent)? = node[argument], !extent.hasBatch { return [extent.factor] }
        if node[argument] == nil || node[argument] == ExportedProgram.Argument.none, let usual {
            return usual
        }
        throw wrong(node.place, expected: "integers as \(argument)", found: Self.inWords(node[argument]))
    }

    func number(_ node: ExportedProgram.Node, _ argument: String, default usual: Double)
        throws(GraphFileError) -> Double
    {
        switch node[argument] {
        case nil, ExportedProgram.Argument.none?: return usual
        case .number(let value)?: return value
        case .integer(let extent)? where !extent.hasBatch: return Double(extent.factor)
        default:
            throw wrong(node.place, expected: "a number as \(argument)", found: Self.inWords(node[argument]))
        }
    }

    /// A dimension counted from the first, of a tensor of so many.
    func dimension(
        _ node: ExportedProgram.Node,
        _ argument: String = "dim",
        of rank: Int,
        default usual: Int? = nil
    ) throws(GraphFileError) -> Int {
        let found = try integer(node, argument, default: usual)
        guard (-rank..<rank).contains(found) else {
            throw wrong(node.place, expected: "a dimension of \(rank)", found: "\(found)")
        }
        return found < 0 ? found + rank : found
    }

    /// Dimensions, each counted from the first; nil for all of them.
    func dimensions(_ node: ExportedProgram.Node, _ argument: String = "dim", of rank: Int)
        throws(GraphFileError) -> [Int]
    {
        let all = try integers(node, argument, default: Array(0..<rank))
        let found = all.isEmpty ? Array(0..<rank) : all.map { $0 < 0 ? $0 + rank : $0 }
        guard Set(found).count == found.count, found.allSatisfy({ (0..<rank).contains($0) }) else {
            throw wrong(node.place, expected: "dimensions of \(rank)", found: "\(all)")
        }
        return found
    }

    /// Whether a dimension of an operand counts samples.
    func isBatch(_ node: ExportedProgram.Node, _ dimension: Int, operand: Int = 0) -> Bool {
        let operands = node.operands
        guard operands.indices.contains(operand), let tensor = program.tensors[operands[operand]],
            tensor.sizes.indices.contains(dimension)
        else { return false }
        return tensor.sizes[dimension].hasBatch
    }

    /// Refuses a node that works along the dimension that counts samples.
    func keepSamplesApart(_ node: ExportedProgram.Node, _ dimensions: [Int]) throws(GraphFileError) {
        guard let batch = dimensions.first(where: { isBatch(node, $0) }) else { return }
        throw wrong(
            node.place,
            expected: "samples that have nothing to do with each other",
            found: "\(node.operation) along dimension \(batch), the batch"
        )
    }

    /// Refuses a node one of whose arguments is other than what is left out means.
    func expect(_ node: ExportedProgram.Node, _ argument: String, _ usual: ExportedProgram.Argument...)
        throws(GraphFileError)
    {
        guard let found = node[argument], found != .none, !usual.contains(found) else { return }
        throw wrong(
            node.place,
            expected: "\(node.operation) with \(argument) as it is where nothing is said",
            found: Self.inWords(found)
        )
    }

    static func inWords(_ argument: ExportedProgram.Argument?) -> String {
        switch argument {
        case nil, ExportedProgram.Argument.none?: "none"
        case .value(let name)?: name
        case .values(let names)?: "\(names.map { $0 ?? "none" })"
        case .integer(let extent)?: "\(extent)"
        case .integers(let extents)?: "\(extents)"
        case .number(let value)?: "\(value)"
        case .numbers(let values)?: "\(values)"
        case .flag(let value)?: "\(value)"
        case .text(let text)?: text
        case .other(let kind)?: kind
        }
    }
}
