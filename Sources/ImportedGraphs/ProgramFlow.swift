/// Who makes the values of a program, and how often each is read.
struct ProgramFlow {
    let tensors: [String: ExportedProgram.Tensor]
    let producers: [String: ExportedProgram.Node]
    private let readers: [String: Int]

    init(_ program: ExportedProgram) {
        tensors = program.tensors
        var producers: [String: ExportedProgram.Node] = [:]
        var readers: [String: Int] = [:]
        for node in program.nodes {
            for name in node.results { producers[name] = node }
            for name in node.operands { readers[name, default: 0] += 1 }
        }
        for name in program.outputs { readers[name, default: 0] += 1 }
        (self.producers, self.readers) = (producers, readers)
    }

    /// What makes a value that is read once; of operators that pass their operand on, what makes that.
    func maker(of name: String, passing unchanged: Set<String> = []) -> ExportedProgram.Node? {
        guard readers[name] == 1, let node = producers[name], node.results.count == 1 else { return nil }
        guard unchanged.contains(node.baseName) else { return node }
        // Dropout of a model that was not exported by `eval()` changes what it is given.
        guard node["train"] == nil || node["train"] == .flag(false) else { return nil }
        return (node.name("input") ?? node.name("self")).flatMap { maker(of: $0, passing: unchanged) }
    }

    func sizes(_ name: String) -> [Extent]? { tensors[name]?.sizes }

    func hasBatch(_ name: String) -> Bool { sizes(name)?.contains(where: \.hasBatch) ?? false }

    /// Whether two values are the same scores, one of them with the sets of tokens in a sample as a dimension of its own.
    func setsAreTakenApart(_ left: String, _ right: String) -> Bool {
        guard let left = sizes(left), let right = sizes(right) else { return false }
        let (whole, apart) = left.count < right.count ? (left, right) : (right, left)
        guard whole.count == 4, apart.count == 5, apart[0] == Extent(1, hasBatch: true) else { return false }
        return whole[0] == Extent(apart[1].factor, hasBatch: true) && !apart[1].hasBatch
            && whole.dropFirst() == apart.dropFirst(2)
    }
}
