import Archives
import Diagnostics
import Files
import Foundation

extension ExportedProgram {
    /// Largest JSON that is looked at: ViT-L's is 1 MB.
    static let mostBytes = 1 << 28

    /// Reads the archive that `torch.export.save` writes, also as it was before PyTorch 2.8.
    ///
    /// Nothing in it is executed.
    ///
    /// - Throws: `GraphFileError`, or an `ArchiveError` or `FileError` where the archive itself cannot be read.
    package init(_ path: String) throws {
        try self.init(try MappedFile(path))
    }

    package init(_ file: MappedFile) throws {
        let path = file.path
        let archive = try ZipArchive(file)
        let names = archive.names.filter {
            $0.hasSuffix("/models/model.json") || $0.hasSuffix("serialized_exported_program.json")
        }
        guard names.count == 1 else {
            throw GraphFileError(
                file: path,
                subject: "archive",
                expected: "one models/model.json, as torch.export.save writes it",
                found: names.isEmpty
                    ? archive.names.prefix(4).map(\.onOneLine.abridged).joined(separator: ", ")
                    : "\(names.count)"
            )
        }
        let json = try archive.contents(of: names[0], most: Self.mostBytes)
        let program = try ExportedProgram(json: json, file: path)
        let statistics = program.statistics
        let wanted = program.sources.compactMap { name, source -> String? in
            switch source {
            case .buffer(let tensor), .constant(let tensor): statistics.contains(name) ? nil : tensor
            case .parameter, .input: nil
            }
        }
        let stored = try StoredTensors(Set(wanted), in: archive)
        var constants: [String: ConstantArray] = [:]
        for tensor in wanted { constants[tensor] = try stored.array(tensor) }
        self = program.with(constants: constants)
    }

    /// A text that lies in the archive beside the program.
    package static func member(_ name: String, of file: MappedFile) throws -> String {
        let archive = try ZipArchive(file)
        let bytes = try archive.contents(
            of: archive.names.first { $0.hasSuffix("/\(name)") } ?? name,
            most: mostBytes
        )
        return String(decoding: bytes, as: UTF8.self)
    }

    /// * `json`: of the program
    /// * `file`: for messages
    package init(json: [UInt8], file: String) throws(GraphFileError) {
        func wrong(_ subject: String, expected: String, found: String) -> GraphFileError {
            GraphFileError(file: file, subject: subject, expected: expected, found: found)
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = Data(json)
        struct Head: Decodable {
            let schemaVersion: ProgramSchema.Version
            let torchVersion: String?
        }
        let schema: ProgramSchema
        do {
            let head = try decoder.decode(Head.self, from: data)
            guard head.schemaVersion.major == 8 else {
                throw wrong(
                    "schema",
                    expected: "version 8, of PyTorch 2.5 and later",
                    found: "\(head.schemaVersion.major).\(head.schemaVersion.minor)"
                        + (head.torchVersion.map { ", of PyTorch \($0)" } ?? "")
                )
            }
            schema = try decoder.decode(ProgramSchema.self, from: data)
        } catch let error as GraphFileError {
            throw error
        } catch {
            throw wrong("program", expected: "the JSON of an exported program", found: Self.inWords(error))
        }
        let graph = schema.graphModule.graph
        var reader = ProgramReader(file: file)
        var tensors = try reader.tensors(graph)
        sources = try reader.sources(schema.graphModule.signature)
        nodes = try reader.nodes(graph, &tensors, depth: 0)
        self.tensors = tensors
        outputs = schema.graphModule.signature.outputSpecs.compactMap { spec in
            if case .tensor(let name)? = spec.userOutput?.arg { name } else { nil }
        }
        constants = [:]
        folded = [:]
        torchVersion = schema.torchVersion ?? ""
        schemaVersion = "\(schema.schemaVersion.major).\(schema.schemaVersion.minor)"
        try reader.check(sources.map(\.name), nodes, outputs)
    }

    private static func inWords(_ error: any Error) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return "no \(key.stringValue) in \(path(context.codingPath))"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            return "\(path(context.codingPath)): \(context.debugDescription)"
        default: return "\(error)"
        }
    }
}

/// Turns the schema's graph into ours.
private struct ProgramReader {
    let file: String
    /// Values of symbolic integers.
    var extents: [String: Extent] = [:]

    func wrong(_ subject: String, expected: String, found: String) -> GraphFileError {
        GraphFileError(file: file, subject: subject, expected: expected, found: found)
    }

    mutating func tensors(_ graph: ProgramSchema.Graph) throws(GraphFileError) -> [String:
        ExportedProgram.Tensor]
    {
        for (name, value) in graph.symIntValues ?? [:] { extents[name] = try extent(value, of: name) }
        var tensors: [String: ExportedProgram.Tensor] = [:]
        for (name, tensor) in graph.tensorValues {
            var sizes: [Extent] = []
            for size in tensor.sizes { sizes.append(try extent(size, of: name)) }
            tensors[name] = ExportedProgram.Tensor(sizes: sizes, elementType: tensor.dtype)
        }
        return tensors
    }

    func extent(_ value: ProgramSchema.SymbolicInteger, of name: String) throws(GraphFileError) -> Extent {
        if let number = value.asInt { return Extent(number) }
        if let other = value.asName {
            guard let known = extents[other] else {
                throw wrong(name, expected: "a size that is known", found: other)
            }
            return known
        }
        guard let text = value.asExpr?.exprStr, let extent = Extent(expression: text) else {
            throw wrong(
                name,
                expected: "a size that is a number or a multiple of the batch",
                found: String((value.asExpr?.exprStr ?? "nothing").prefix(80))
            )
        }
        return extent
    }

    func sources(_ signature: ProgramSchema.Signature) throws(GraphFileError) -> [(
        name: String, source: ExportedProgram.Source
    )] {
        var sources: [(name: String, source: ExportedProgram.Source)] = []
        for (index, spec) in signature.inputSpecs.enumerated() {
            if let parameter = spec.parameter {
                sources.append((parameter.arg.name, .parameter(parameter.parameterName)))
            } else if let buffer = spec.buffer {
                sources.append(
                    (
                        buffer.arg.name,
                        buffer.persistent ? .buffer(buffer.bufferName) : .constant(buffer.bufferName)
                    )
                )
            } else if let constant = spec.tensorConstant {
                sources.append((constant.arg.name, .constant(constant.tensorConstantName)))
            } else if case .tensor(let name)? = spec.userInput?.arg {
                sources.append((name, .input))
            } else {
                throw wrong("input \(index)", expected: "a tensor", found: "another kind of input")
            }
        }
        return sources
    }

    /// Regions in which gradients, or automatic choices of types, are switched on or off: graphs of their own.
    private static let regions: Set<String> = [
        "torch.ops.higher_order.wrap_with_set_grad_enabled", "torch.ops.higher_order.wrap_with_autocast",
    ]

    private static let deepest = 8

    /// * `tensors`: gets those of the regions, too
    mutating func nodes(
        _ graph: ProgramSchema.Graph,
        _ tensors: inout [String: ExportedProgram.Tensor],
        depth: Int
    ) throws(GraphFileError) -> [ExportedProgram.Node] {
        var nodes: [ExportedProgram.Node] = []
        for node in graph.nodes {
            if Self.regions.contains(node.target), depth < Self.deepest {
                nodes += try region(node, &tensors, depth: depth)
                continue
            }
            let prefix = "torch.ops."
            let operation =
                node.target.hasPrefix(prefix) ? String(node.target.dropFirst(prefix.count)) : node.target
            var arguments: [(name: String, value: ExportedProgram.Argument)] = []
            for input in node.inputs {
                arguments.append((input.name, try argument(input.arg, of: operation)))
            }
            nodes.append(
                ExportedProgram.Node(
                    operation: operation,
                    arguments: arguments,
                    results: Self.names(node.outputs),
                    module: Self.module(node.metadata["nn_module_stack"])
                )
            )
        }
        return nodes
    }

    private static func names(_ outputs: [ProgramSchema.Argument]) -> [String] {
        outputs.flatMap { output -> [String] in
            switch output {
            case .tensor(let name): [name]
            case .tensors(let names): names.compactMap(\.self)
            default: []
            }
        }
    }

    /// The nodes of a region in the place of the one that holds it; its names get that one's before them.
    private mutating func region(
        _ node: ProgramSchema.Node,
        _ tensors: inout [String: ExportedProgram.Tensor],
        depth: Int
    ) throws(GraphFileError) -> [ExportedProgram.Node] {
        let results = Self.names(node.outputs)
        guard
            let place = node.inputs.firstIndex(where: { if case .graph = $0.arg { true } else { false } }),
            case .graph(let inner) = node.inputs[place].arg,
            inner.graph.inputs.count == node.inputs.count - place - 1
        else {
            throw wrong(node.target, expected: "a graph and its inputs", found: "\(node.inputs.count) inputs")
        }
        let prefix = "\(results.first ?? node.target)/"
        let own = try self.tensors(inner.graph)
        for (name, tensor) in own { tensors[prefix + name] = tensor }
        let module = Self.module(node.metadata["nn_module_stack"])
        func alias(_ source: String, _ result: String) -> ExportedProgram.Node {
            ExportedProgram.Node(
                operation: "aten.alias.default",
                arguments: [("self", .value(source))],
                results: [result],
                module: module
            )
        }
        var nodes: [ExportedProgram.Node] = []
        for (outer, input) in zip(node.inputs[(place + 1)...], inner.graph.inputs) {
            // Sizes are known by their names.
            guard case .tensor(let source) = outer.arg, case .tensor(let name) = input else { continue }
            nodes.append(alias(source, prefix + name))
        }
        nodes += try self.nodes(inner.graph, &tensors, depth: depth + 1).map { inside in
            // Those of a region within have all its tensors' names before them already.
            inside.renamingAll { name in own[name] == nil ? name : prefix + name }
        }
        let made = Self.names(inner.graph.outputs)
        guard made.count == results.count else {
            throw wrong(node.target, expected: "\(results.count) results", found: "\(made.count)")
        }
        return nodes + zip(made, results).map { alias(prefix + $0, $1) }
    }

    private func argument(_ argument: ProgramSchema.Argument, of operation: String) throws(GraphFileError)
        -> ExportedProgram.Argument
    {
        switch argument {
        case .none: return .none
        case .tensor(let name): return .value(name)
        case .tensors(let names): return .values(names)
        case .integer(let value): return .integer(try extent(value, of: operation))
        case .integers(let values):
            var extents: [Extent] = []
            for value in values { extents.append(try extent(value, of: operation)) }
            return .integers(extents)
        case .number(let value): return .number(value)
        case .numbers(let values): return .numbers(values)
        case .flag(let value): return .flag(value)
        case .text(let value): return .text(value)
        case .graph: return .other("asGraph")
        case .other(let kind): return .other(kind)
        }
    }

    /// The innermost entry of "key,path,class;…".
    private static func module(_ stack: String?) -> (path: String, type: String)? {
        guard let entry = stack?.split(separator: ";").last else { return nil }
        let parts = entry.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? (String(parts[1]), String(parts[2])) : nil
    }

    /// Every value is made once, before it is read.
    func check(_ sources: [String], _ nodes: [ExportedProgram.Node], _ outputs: [String])
        throws(GraphFileError)
    {
        var made = Set<String>()
        for name in sources where !made.insert(name).inserted {
            throw wrong(name, expected: "a name of its own", found: "two inputs of that name")
        }
        for node in nodes {
            for operand in node.operands where !made.contains(operand) {
                throw wrong(node.operation, expected: "values made before it", found: operand)
            }
            for result in node.results where !made.insert(result).inserted {
                throw wrong(node.operation, expected: "a result of its own", found: "\(result), made before")
            }
        }
        for output in outputs where !made.contains(output) {
            throw wrong("output", expected: "a value that a node makes", found: output)
        }
    }
}
