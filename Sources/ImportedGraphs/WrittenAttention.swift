/// Attention that a program writes out: soft-max(factor·query·keyᵀ + biases)·value, as Swin does.
///
/// Between the scores and the soft-max may be sums with what is the same for all samples and, for masks of windows, views that
/// take the sets of tokens in a sample apart and put them together again.
struct WrittenAttention {
    private let node: ExportedProgram.Node
    private let query: String
    private let key: String
    private let value: String
    private let factor: Double
    /// Names, the innermost first.
    private let biases: [String]

    /// * `node`: the product of probabilities and values
    /// * returns nil where it is anything else, or somebody else reads what is on the way
    init?(_ node: ExportedProgram.Node, in flow: ProgramFlow) {
        guard node.baseName == "aten.matmul", let probabilities = node.name("self"),
            let value = node.name("other"),
            let softMax = flow.maker(of: probabilities, passing: ["aten.dropout", "aten.contiguous"]),
            softMax.baseName == "aten.softmax" || softMax.baseName == "aten._softmax",
            let input = softMax.name("self"), let sizes = flow.sizes(input), sizes.count == 4,
            !sizes.suffix(2).contains(where: \.hasBatch),
            [Extent(3), Extent(-1)].contains(where: { softMax["dim"] == .integer($0) })
        else { return nil }
        var (name, factor, biases): (String, Double, [String]) = (input, 1, [])
        while let maker = flow.maker(of: name), let source = maker.name("self") {
            switch maker.baseName {
            case "aten.add":
                guard factor == 1, let other = maker.name("other"), maker["alpha"] == nil,
                    flow.hasBatch(source) != flow.hasBatch(other)
                else { return nil }
                let (scores, bias) = flow.hasBatch(source) ? (source, other) : (other, source)
                guard flow.sizes(scores) == flow.sizes(name) else { return nil }
                biases.insert(bias, at: 0)
                name = scores
            case "aten.view", "aten.reshape":
                guard flow.setsAreTakenApart(name, source) else { return nil }
                name = source
            case "aten.mul", "aten.div":
                guard let scaled = maker.scaled else { return nil }
                (name, factor) = (scaled.name, factor * scaled.factor)
            case "aten.matmul":
                guard let other = maker.name("other"), flow.sizes(name) == sizes,
                    let key = flow.producers[other]?.turned(rank: flow.sizes(other)?.count ?? 0)
                else { return nil }
                let scaled = flow.producers[source]?.scaled
                (self.node, self.value, self.key, self.biases) = (node, value, key, biases)
                query = scaled?.name ?? source
                self.factor = factor * (scaled?.factor ?? 1)
                return
            default: return nil
            }
        }
        return nil
    }

    /// The nodes that take the place of `node`, and what their results are; nil where biases do not go together.
    func fused(_ flow: ProgramFlow) -> [(ExportedProgram.Node, ExportedProgram.Tensor)]? {
        guard let result = node.results.first, let made = flow.tensors[result] else { return nil }
        var nodes: [(ExportedProgram.Node, ExportedProgram.Tensor)] = []
        func make(
            _ operation: String,
            _ arguments: [(name: String, value: ExportedProgram.Argument)],
            _ name: String,
            _ sizes: [Extent]
        ) -> String {
            let own = ExportedProgram.Node(
                operation: operation,
                arguments: arguments,
                results: [name],
                module: node.module
            )
            nodes.append((own, ExportedProgram.Tensor(sizes: sizes, elementType: made.elementType)))
            return name
        }
        var mask: (name: String, sizes: [Extent])?
        for (index, bias) in biases.enumerated() {
            // A mask of truths is something else where it is added.
            guard var sizes = flow.sizes(bias), let type = flow.tensors[bias]?.elementType,
                ConstantArray.Kind(elementType: type) == .real
            else { return nil }
            var name = bias
            if sizes.count == 5 {
                guard sizes.removeFirst() == Extent(1) else { return nil }
                let arguments = [("self", .value(bias)), ("size", ExportedProgram.Argument.integers(sizes))]
                name = make("aten.view.default", arguments, "\(result).bias\(index)", sizes)
            }
            if let before = mask {
                let rank = max(sizes.count, before.sizes.count)
                let (left, right) = (before.sizes.raised(to: rank), sizes.raised(to: rank))
                guard zip(left, right).allSatisfy({ $0 == $1 || $0 == Extent(1) || $1 == Extent(1) }) else {
                    return nil
                }
                sizes = zip(left, right).map { $0 == Extent(1) ? $1 : $0 }
                let arguments = [
                    ("self", .value(before.name)), ("other", ExportedProgram.Argument.value(name)),
                ]
                name = make("aten.add.Tensor", arguments, "\(result).biases\(index)", sizes)
            }
            mask = (name, sizes)
        }
        _ = make(
            "aten.scaled_dot_product_attention.default",
            [
                ("query", .value(query)), ("key", .value(key)), ("value", .value(value)),
                ("attn_mask", mask.map { .value($0.name) } ?? .none), ("scale", .number(factor)),
            ],
            result,
            made.sizes
        )
        return nodes
    }
}

extension ExportedProgram.Node {
    /// What a product with a number scales, and by how much.
    fileprivate var scaled: (name: String, factor: Double)? {
        guard baseName == "aten.mul" || baseName == "aten.div", self["rounding_mode"] == nil,
            let name = name("self"), case .number(let number)? = self["other"]
        else { return nil }
        return (name, baseName == "aten.mul" ? number : 1 / number)
    }

    /// What it exchanges the last two dimensions of.
    fileprivate func turned(rank: Int) -> String? {
        guard rank >= 2 else { return nil }
        let last = Set([rank - 2, rank - 1])
        switch baseName {
        case "aten.transpose":
            let places = ["dim0", "dim1"].compactMap { argument -> Int? in
                guard case .integer(let extent)? = self[argument] else { return nil }
                return extent.factor < 0 ? extent.factor + rank : extent.factor
            }
            return Set(places) == last ? name("self") : nil
        case "aten.permute":
            let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
            return self["dims"] == .integers(order.map { Extent($0) }) ? name("self") : nil
        default: return nil
        }
    }
}

extension [Extent] {
    fileprivate func raised(to rank: Int) -> [Extent] {
        [Extent](repeating: Extent(1), count: rank - count) + self
    }
}

extension ExportedProgram {
    /// The same program with attention that is written out as one node.
    ///
    /// A bias has as many sets as a sample then, not as many as a batch.
    func fusingAttention() -> ExportedProgram {
        let flow = ProgramFlow(self)
        var fused: [Node] = []
        var tensors = tensors
        for node in nodes {
            guard let made = WrittenAttention(node, in: flow)?.fused(flow) else {
                fused.append(node)
                continue
            }
            for (own, tensor) in made {
                fused.append(own)
                for name in own.results { tensors[name] = tensor }
            }
        }
        return with(tensors: tensors).with(nodes: Self.living(fused, outputs), folded: folded)
    }
}
