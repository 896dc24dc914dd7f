extension ExportedProgram {
    /// The same computation without operators that write over what they read, and without nodes that no output needs.
    ///
    /// An operator that ends in "_" becomes the one without, and whoever reads its operand later reads its result. Where the
    /// operand is a slice, whoever reads the whole later reads its other parts joined with the result.
    ///
    /// - Throws: where another view of what is written over is read later
    func functional(file: String) throws(GraphFileError) -> ExportedProgram {
        var names: [String: String] = [:]
        var roots: [String: String] = [:]
        var slices: [String: WrittenSlice] = [:]
        var (tensors, folded) = (tensors, folded)
        func root(_ name: String) -> String { roots[name] ?? name }
        var rewritten: [Node] = []
        for (index, node) in nodes.enumerated() {
            let own = node.renaming { names[$0] ?? $0 }
            if let source = own.whole(tensors) {
                names[own.results[0]] = source
                continue
            }
            guard !own.isInPlace || !own.results.isEmpty else {
                throw GraphFileError(
                    file: file,
                    subject: own.place,
                    expected: "a name of what \(own.operation) makes",
                    found: "none"
                )
            }
            guard own.isInPlace, let target = own.operands.first, let result = own.results.first else {
                if Self.views.contains(own.baseName), let source = own.operands.first {
                    for result in own.results { roots[result] = root(source) }
                    if root(source) == source, let result = own.results.first,
                        let slice = WrittenSlice(own, tensors)
                    {
                        slices[result] = slice
                    }
                }
                rewritten.append(own)
                continue
            }
            let slice = slices[target]
            let aliases = Set(roots.keys.filter { root($0) == root(target) } + [root(target)])
                .subtracting([target, slice?.whole ?? target])
            for later in nodes[(index + 1)...] {
                if let read = later.operands.map({ names[$0] ?? $0 }).first(where: aliases.contains) {
                    throw GraphFileError(
                        file: file,
                        subject: own.place,
                        expected:
                            "nobody to read \(read) after \(target), which shares its memory, is written over",
                        found: "\(later.place) reading it"
                    )
                }
            }
            for (name, present) in names where present == target { names[name] = result }
            names[target] = result
            if own.baseName == "aten.zero_", let zeros = Self.zeros(tensors[result]) {
                folded[result] = zeros
            } else {
                rewritten.append(own.functional)
            }
            if let slice {
                let (nodes, joined) = slice.joining(result, as: own)
                for (node, tensor) in nodes {
                    rewritten.append(node)
                    tensors[node.results[0]] = tensor
                }
                for (name, present) in names where present == slice.whole { names[name] = joined }
                names[slice.whole] = joined
                // Written over again, it changes the whole again.
                if joined != result { (roots[result], slices[result]) = (joined, slice.of(joined)) }
            }
        }
        let outputs = outputs.map { names[$0] ?? $0 }
        return with(tensors: tensors)
            .with(nodes: Self.living(rewritten, outputs), folded: folded, outputs: outputs)
    }

    /// As many zeros as there are elements; nil where that depends on the batch.
    private static func zeros(_ tensor: Tensor?) -> ConstantArray? {
        guard let tensor, !tensor.sizes.contains(where: \.hasBatch),
            let kind = ConstantArray.Kind(elementType: tensor.elementType)
        else { return nil }
        let shape = tensor.sizes.map(\.factor)
        let count = shape.reduce(1.0) { $0 * Double($1) }
        guard shape.allSatisfy({ $0 > 0 }), count <= 1e6 else { return nil }
        return ConstantArray(
            shape: shape,
            elements: [Double](repeating: 0, count: Int(count)),
            kind: kind
        )
    }

    static func living(_ nodes: [Node], _ outputs: [String]) -> [Node] {
        var needed = Set(outputs)
        var living: [Node] = []
        for node in nodes.reversed() where node.results.contains(where: needed.contains) {
            needed.formUnion(node.operands)
            living.append(node)
        }
        return living.reversed()
    }

    /// Operators whose result may lie in the memory of their first operand.
    static let views: Set<String> = [
        "aten.view", "aten.reshape", "aten.flatten", "aten.unflatten", "aten.transpose", "aten.permute",
        "aten.t",
        "aten.select", "aten.slice", "aten.unsqueeze", "aten.squeeze", "aten.expand", "aten.unbind",
        "aten.chunk",
        "aten.split", "aten.split_with_sizes", "aten.contiguous", "aten.alias", "aten.detach", "aten.to",
        "aten.dropout", "aten.type_as", "aten.narrow", "aten.movedim", "aten.diagonal", "aten.as_strided",
        "aten.view_as", "aten.reshape_as", "aten.expand_as", "aten.swapaxes", "aten.tensor_split",
        "aten.feature_dropout",
    ]
}

extension ExportedProgram.Node {
    /// The operator without its overload: "aten.add_".
    var baseName: String {
        operation.split(separator: ".").prefix(2).joined(separator: ".")
    }

    /// What it reads where that is what it makes, too: a slice of all there is.
    fileprivate func whole(_ tensors: [String: ExportedProgram.Tensor]) -> String? {
        guard baseName == "aten.slice", case .value(let source)? = self["self"], results.count == 1,
            let sizes = tensors[source]?.sizes, tensors[results[0]]?.sizes == sizes
        else { return nil }
        func isAbsent(_ argument: String, _ value: Int) -> Bool {
            [nil, ExportedProgram.Argument.none, .integer(Extent(value))].contains(self[argument])
        }
        return isAbsent("start", 0) && isAbsent("end", .max) && isAbsent("step", 1) ? source : nil
    }

    var isInPlace: Bool {
        baseName.hasPrefix("aten.") && baseName.hasSuffix("_") && !baseName.hasSuffix("__")
    }

    /// For people: what it is and where it comes from.
    var place: String {
        let name = results.first ?? operation
        guard let module, !module.path.isEmpty else { return name }
        return "\(name) in \(module.path)"
    }

    fileprivate var functional: ExportedProgram.Node {
        let overload = operation.dropFirst(baseName.count)
        if baseName == "aten.copy_", let target = self["self"], let source = self["src"] {
            return ExportedProgram.Node(
                operation: "aten.expand_as.default",
                arguments: [("self", source), ("other", target)],
                results: results,
                module: module
            )
        }
        return ExportedProgram.Node(
            operation: String(baseName.dropLast()) + overload,
            arguments: arguments,
            results: results,
            module: module
        )
    }

    /// With other names of what it reads and of what it makes.
    func renamingAll(_ name: (String) -> String) -> ExportedProgram.Node {
        let reading = renaming(name)
        return ExportedProgram.Node(
            operation: operation,
            arguments: reading.arguments,
            results: results.map(name),
            module: module
        )
    }

    fileprivate func renaming(_ name: (String) -> String) -> ExportedProgram.Node {
        ExportedProgram.Node(
            operation: operation,
            arguments: arguments.map { argument in
                switch argument.value {
                case .value(let value): (argument.name, .value(name(value)))
                case .values(let values): (argument.name, .values(values.map { $0.map(name) }))
                default: argument
                }
            },
            results: results,
            module: module
        )
    }
}
