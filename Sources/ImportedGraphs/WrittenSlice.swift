/// A slice of a value, which an operator may write over while others read the whole.
struct WrittenSlice {
    /// Name of the value that it is a part of.
    private(set) var whole: String
    private let dimension: Int
    private let range: Range<Int>
    private let tensor: ExportedProgram.Tensor

    /// * `tensors`: what is known of the values
    /// * returns nil for another operator, a part of the batch and one that leaves elements out
    init?(_ node: ExportedProgram.Node, _ tensors: [String: ExportedProgram.Tensor]) {
        guard node.baseName == "aten.slice", case .value(let whole)? = node["self"],
            let tensor = tensors[whole], let dimension = Self.integer(node, "dim", default: 0),
            Self.integer(node, "step", default: 1) == 1
        else { return nil }
        self.whole = whole
        self.tensor = tensor
        self.dimension = dimension < 0 ? dimension + tensor.sizes.count : dimension
        guard tensor.sizes.indices.contains(self.dimension), !tensor.sizes[self.dimension].hasBatch,
            let start = Self.integer(node, "start", default: 0),
            let end = Self.integer(node, "end", default: .max)
        else { return nil }
        let size = tensor.sizes[self.dimension].factor
        func bound(_ index: Int) -> Int { min(max(index < 0 ? index + size : index, 0), size) }
        guard size > 0, bound(start) < bound(end) else { return nil }
        range = bound(start)..<bound(end)
    }

    /// The same slice of a value like the whole.
    func of(_ other: String) -> WrittenSlice {
        var slice = self
        slice.whole = other
        return slice
    }

    /// What makes a value like the whole, but with `part` in the place of the slice: nodes with one result each and what these
    /// are, and the name of the new value.
    ///
    /// * `node`: where it is written over
    func joining(_ part: String, as node: ExportedProgram.Node) -> (
        nodes: [(ExportedProgram.Node, ExportedProgram.Tensor)], joined: String
    ) {
        let size = tensor.sizes[dimension].factor
        var nodes: [(ExportedProgram.Node, ExportedProgram.Tensor)] = []
        func make(
            _ operation: String,
            _ arguments: [(name: String, value: ExportedProgram.Argument)],
            _ name: String,
            size: Int
        ) -> String {
            var sizes = tensor.sizes
            sizes[dimension] = Extent(size)
            let made = ExportedProgram.Node(
                operation: operation,
                arguments: arguments + [("dim", .integer(Extent(dimension)))],
                results: ["\(part).\(name)"],
                module: node.module
            )
            nodes.append((made, ExportedProgram.Tensor(sizes: sizes, elementType: tensor.elementType)))
            return made.results[0]
        }
        func rest(_ range: Range<Int>, _ name: String) -> String? {
            guard !range.isEmpty else { return nil }
            let bounds = [("start", range.lowerBound), ("end", range.upperBound)]
            return make(
                "aten.slice.Tensor",
                [("self", .value(whole))] + bounds.map { ($0, .integer(Extent($1))) },
                name,
                size: range.count
            )
        }
        let before = rest(0..<range.lowerBound, "before")
        let parts = [before, part, rest(range.upperBound..<size, "after")].compactMap(\.self)
        guard parts.count > 1 else { return ([], part) }
        let joined = make("aten.cat.default", [("tensors", .values(parts))], "whole", size: size)
        return (nodes, joined)
    }

    private static func integer(_ node: ExportedProgram.Node, _ argument: String, default usual: Int) -> Int?
    {
        switch node[argument] {
        case .integer(let extent)? where !extent.hasBatch: extent.factor
        case .none?, nil: usual
        default: nil
        }
    }
}
