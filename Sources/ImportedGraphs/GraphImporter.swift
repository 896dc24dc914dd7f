import Graphs

/// Makes a graph of an exported program, node by node.
///
/// A tensor of k·B × … is a value of k × … of a sample. So every value has as many dimensions as its tensor, and dimensions
/// are counted alike.
struct GraphImporter {
    let program: ExportedProgram
    let file: String
    var builder = GraphBuilder()
    private var values: [String: ValueID] = [:]
    /// Names of the values that a node reads, or that come out.
    let read: Set<String>

    /// * `program`: functional
    init(_ program: ExportedProgram, file: String) {
        self.program = program
        self.file = file
        read = Set(program.nodes.flatMap(\.operands) + program.outputs)
    }

    mutating func graph() throws(GraphFileError) -> Graph {
        guard let output = program.outputs.first else {
            throw wrong("output", expected: "a tensor", found: "none")
        }
        let images = try takeSources()
        for node in program.nodes { try take(node) }
        guard let logits = values[output] else {
            throw wrong("output", expected: "a tensor that a node makes", found: output)
        }
        do {
            return try builder.graph(from: images, to: logits)
        } catch {
            throw wrong(error.node, expected: "a graph that fits", found: error.text)
        }
    }

    func wrong(_ subject: String, expected: String, found: String) -> GraphFileError {
        GraphFileError(file: file, subject: subject, expected: expected, found: found)
    }

    /// Parameters and the one input that nodes read; returns the input.
    private mutating func takeSources() throws(GraphFileError) -> ValueID {
        var images: ValueID?
        for (name, source) in program.sources where read.contains(name) {
            let shape = try shape(of: name)
            let sizes = program.tensors[name]?.sizes ?? []
            guard sizes.contains(where: \.hasBatch) == (source == .input) else {
                throw wrong(
                    name,
                    expected: source == .input
                        ? "a batch of any size (torch.export.export's dynamic_shapes)"
                        : "a tensor of fixed size",
                    found: "\(sizes)"
                )
            }
            switch source {
            case .parameter(let parameter):
                values[name] = builder.parameter(parameter, shape, layer: Self.layer(of: parameter))
            case .input:
                guard images == nil else {
                    throw wrong(name, expected: "one input", found: "a second one")
                }
                let own = builder.input(name, shape)
                (images, values[name]) = (own, own)
            case .buffer(let tensor), .constant(let tensor):
                throw wrong(
                    tensor,
                    expected: "parameters and images alone",
                    found: "a tensor that is neither"
                )
            }
        }
        guard let images else { throw wrong("inputs", expected: "one that a node reads", found: "none") }
        return images
    }

    /// The unit of layer-wise coefficients: a name up to its first number, or its first part.
    static func layer(of parameter: String) -> String {
        let parts = parameter.split(separator: ".").dropLast()
        guard let number = parts.firstIndex(where: { $0.allSatisfy(\.isNumber) }) else {
            return parts.first.map(String.init) ?? parameter
        }
        return parts[...number].joined(separator: ".")
    }

    private mutating func take(_ node: ExportedProgram.Node) throws(GraphFileError) {
        guard let operation = KnownOperator(rawValue: node.baseName) else {
            let version = program.torchVersion.isEmpty ? "" : " of PyTorch \(program.torchVersion)"
            throw wrong(
                node.place,
                expected: "an operator that this program has",
                found: node.operation + version
            )
        }
        let made: [ValueID?]
        do {
            made = try lower(node, operation)
        } catch let error as GraphFileError {
            throw error
        } catch {
            let text = (error as? GraphError)?.text ?? "\(error)"
            throw wrong(node.place, expected: "\(node.operation) to fit", found: text)
        }
        guard made.count == node.results.count else {
            throw wrong(node.place, expected: "\(made.count) results", found: "\(node.results.count)")
        }
        for (name, made) in zip(node.results, made) {
            guard let value = made else { continue }
            let shape = try shape(of: name)
            let hasBatch = program.tensors[name]?.sizes.contains(where: \.hasBatch) == true
            guard builder[value].shape == shape, builder[value].hasSamples == hasBatch else {
                throw wrong(
                    name,
                    expected: "\(shape) as the file says",
                    found: "\(builder[value].shape) of \(node.operation)"
                )
            }
            values[name] = value
        }
    }

    /// A tensor's shape of one sample.
    func shape(of name: String) throws(GraphFileError) -> [Int] {
        guard let tensor = program.tensors[name] else {
            throw wrong(name, expected: "a shape", found: "none in the file")
        }
        guard tensor.sizes.count(where: \.hasBatch) <= 1, tensor.sizes.allSatisfy({ $0.factor > 0 }) else {
            throw wrong(name, expected: "sizes from 1 up, one of them the batch", found: "\(tensor.sizes)")
        }
        guard
            tensor.sizes.reduce(
                Int?(1),
                { product, size in
                    let (count, overflow) = (product ?? 0).multipliedReportingOverflow(by: size.factor)
                    return product == nil || overflow || count > 1 << 40 ? nil : count
                }
            ) != nil
        else { throw wrong(name, expected: "a tensor that fits memory", found: "\(tensor.sizes)") }
        return tensor.sizes.map(\.factor)
    }

    /// What an argument of a node stands for, as the value that was made of it.
    func value(_ node: ExportedProgram.Node, _ argument: String) throws(GraphFileError) -> ValueID {
        guard case .value(let name)? = node[argument], let value = values[name] else {
            throw wrong(node.place, expected: "a tensor as \(argument)", found: Self.inWords(node[argument]))
        }
        return value
    }

    func optionalValue(_ node: ExportedProgram.Node, _ argument: String) throws(GraphFileError) -> ValueID? {
        switch node[argument] {
        case nil, ExportedProgram.Argument.none?: nil
        default: try value(node, argument)
        }
    }

    func values(_ node: ExportedProgram.Node, _ argument: String) throws(GraphFileError) -> [ValueID] {
        guard case .values(let names)? = node[argument] else {
            throw wrong(node.place, expected: "tensors as \(argument)", found: Self.inWords(node[argument]))
        }
        var found: [ValueID] = []
        for name in names {
            guard let value = name.flatMap({ values[$0] }) else {
                throw wrong(node.place, expected: "tensors as \(argument)", found: name ?? "none")
            }
            found.append(value)
        }
        return found
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
        if node[argument] == nil, let usual { return usual }
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

extension ExportedProgram {
    /// The graph that computes its first output from its input.
    ///
    /// - Throws: what this program does not know of it, by the node and the module that it comes from
    package func graph(file: String) throws(GraphFileError) -> Graph {
        var importer = GraphImporter(try functional(file: file), file: file)
        return try importer.graph()
    }

    /// How often each operator occurs, by name, and whether this program has it, after what writes in place and what nobody
    /// needs is gone.
    package func operators(file: String) throws(GraphFileError) -> [(name: String, count: Int, isKnown: Bool)]
    {
        let nodes = try functional(file: file).nodes
        return Dictionary(grouping: nodes, by: \.baseName).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.count, KnownOperator(rawValue: $0.key) != nil) }
    }
}
