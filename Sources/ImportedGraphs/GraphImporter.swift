import Graphs
import Kernels

/// Makes a graph of an exported program, node by node.
///
/// A tensor of k·B × … is a value of k × … of a sample. So every value has as many dimensions as its tensor, and dimensions
/// are counted alike.
struct GraphImporter {
    let program: ExportedProgram
    let file: String
    /// Whether batch norms take their statistics from the samples and tell what they are.
    let measures: Bool
    var builder = GraphBuilder()
    private var values: [String: Arranged] = [:]
    var copies: [Copy: ValueID] = [:]
    /// Convolutions that wait for the batch norm that alone reads them.
    var waiting: [String: WaitingConvolution] = [:]
    /// Zeros around images that a convolution alone reads, which it adds to its own.
    var margins: [String: Margin] = [:]
    /// By name, how many rows stand before the batch within the dimension that counts samples, where that is not one: of
    /// L·B rows that are L × B, L.
    var rowsBeforeBatch: [String: Int] = [:]
    /// By name, who reads the value.
    let readers: [String: [ExportedProgram.Node]]
    /// Numbers that may still be made of what the file says, so that a short one does not fill memory.
    private var room: Int

    private static let roomPerNode = 1 << 14

    /// * `program`: functional, its constants folded, its attention in one node
    init(_ program: ExportedProgram, file: String, measures: Bool) {
        self.program = program
        self.file = file
        self.measures = measures
        var readers: [String: [ExportedProgram.Node]] = [:]
        for node in program.nodes {
            for name in Set(node.operands) { readers[name, default: []].append(node) }
        }
        self.readers = readers
        room = Self.roomPerNode * program.nodes.count
    }

    mutating func graph() throws(GraphFileError) -> Graph {
        guard let output = program.outputs.first else {
            throw wrong("output", expected: "a tensor", found: "none")
        }
        let images = try takeSources()
        for node in program.nodes { try take(node) }
        guard let result = values[output], let last = program.nodes.last else {
            throw wrong("output", expected: "a tensor that a node makes", found: output)
        }
        do {
            let logits = try natural(result, for: last)
            return try builder.graph(from: images, to: logits)
        } catch let error as GraphError {
            throw wrong(error.node, expected: "a graph that fits", found: error.text)
        } catch {
            throw wrong("graph", expected: "one that fits", found: "\(error)")
        }
    }

    func wrong(_ subject: String, expected: String, found: String) -> GraphFileError {
        GraphFileError(file: file, subject: subject, expected: expected, found: found)
    }

    /// Whether a node or the output reads it.
    func isRead(_ name: String) -> Bool { readers[name] != nil || program.outputs.contains(name) }

    /// Notes that a node makes `count` numbers of what the file says.
    mutating func spend(_ count: Int, for node: ExportedProgram.Node) throws(GraphFileError) {
        room -= min(max(count, 0), room + 1)
        guard room >= 0 else {
            throw wrong(node.place, expected: "tables of moderate size", found: "\(count) places")
        }
    }

    /// Parameters and the one input that nodes read; returns the input.
    private mutating func takeSources() throws(GraphFileError) -> ValueID {
        var images: ValueID?
        let statistics = program.statistics
        for (name, source) in program.sources where isRead(name) && program.folded[name] == nil {
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
                let value = builder.parameter(parameter, shape, layer: Self.layer(of: parameter))
                values[name] = arranged(value)
            case .buffer(let tensor) where statistics.contains(name):
                let value = builder.parameter(
                    tensor,
                    shape,
                    layer: Self.layer(of: tensor),
                    role: .statistic
                )
                values[name] = arranged(value)
            case .input:
                guard images == nil else {
                    throw wrong(name, expected: "one input", found: "a second one")
                }
                let own = builder.input(name, shape)
                (images, values[name]) = (own, arranged(own))
            case .buffer(let tensor), .constant(let tensor):
                throw wrong(
                    tensor,
                    expected: "its numbers in the file, as torch.export.save writes them",
                    found: "none"
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
        let made: [Arranged?]
        do {
            try passOnRowsBeforeBatch(node, operation)
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
            guard let made else { continue }
            let shape = try shape(of: name)
            let hasBatch = program.tensors[name]?.sizes.contains(where: \.hasBatch) == true
            guard made.shape == shape, builder[made.base].hasSamples == hasBatch else {
                throw wrong(
                    name,
                    expected: "\(shape) as the file says",
                    found: "\(made.shape) of \(node.operation)"
                )
            }
            values[name] = made
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

    /// What a name stands for; constants become values when they are first asked for.
    mutating func value(named name: String) throws(GraphFileError) -> Arranged? {
        if let value = values[name] { return value }
        guard let array = program.folded[name] else { return nil }
        do {
            let constant = try builder.constant(name, array.shape, array.elements)
            let isPerSample = program.tensors[name]?.sizes.contains(where: \.hasBatch) == true
            let value = arranged(
                isPerSample ? builder.spread(constant, name: "\(name).spread") : constant
            )
            values[name] = value
            return value
        } catch {
            throw wrong(name, expected: "a constant that fits", found: error.text)
        }
    }
}

extension ExportedProgram {
    /// The graph that computes its first output from its input.
    ///
    /// * `measures`: whether batch norms take their statistics from the samples and tell what they are, for a forward pass that
    ///   measures them; its layout is the same
    /// - Throws: what this program does not know of it, by the node and the module that it comes from
    package func graph(file: String, measures: Bool = false) throws(GraphFileError) -> Graph {
        let program = try folded(file: file).functional(file: file).fusingAttention()
        var importer = GraphImporter(program, file: file, measures: measures)
        return try importer.graph()
    }

    /// How often each operator occurs, by name, and whether this program has it, after constants are folded and what writes in
    /// place and what nobody needs is gone.
    package func operators(file: String) throws(GraphFileError) -> [(name: String, count: Int, isKnown: Bool)]
    {
        let nodes = try folded(file: file).functional(file: file).nodes
        return Dictionary(grouping: nodes, by: \.baseName).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.count, KnownOperator(rawValue: $0.key) != nil) }
    }
}
