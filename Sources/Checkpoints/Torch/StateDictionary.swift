/// The weights in what a PyTorch file holds: the dictionary from names to tensors, bare or inside a training checkpoint.
struct StateDictionary {
    /// The entry that it was found under; nil where the file holds nothing else.
    let entry: WeightsEntry?
    /// Entries with other weights, which are not read.
    let others: [WeightsEntry]
    /// In the dictionary's order.
    let tensors: [(name: String, value: PickleValue)]

    /// * `wanted`: what to read where there are raw and averaged weights; nil as timm does, the averaged ones
    ///
    /// - Throws: `CheckpointError` where there is none, or something in it is no tensor.
    init(_ pickle: Pickle, wanted: WeightsKind?, path: String) throws(CheckpointError) {
        guard case .dictionary(let root) = pickle.node(pickle.root) else {
            throw CheckpointError(
                path,
                expected: "a dictionary from names to tensors (a state dict)",
                found: Self.wholeObject(pickle.root, pickle) ?? pickle.kind(pickle.root)
            )
        }
        let entries = TrainingEntries(root, pickle)
        let chosen = entries.chosen(wanted)
        guard chosen != nil || Self.holdsTensors(root, pickle) else {
            throw CheckpointError(
                path,
                expected: "tensors, by themselves or under \(TrainingEntries.raw.joined(separator: ", "))",
                found: Self.contents(root, pickle)
            )
        }
        entry = chosen?.entry
        others = entries.found.map(\.entry).filter { $0 != chosen?.entry } + entries.nameless
        tensors = AverageCounters.dropped(try Self.tensors(chosen?.items ?? root, pickle, path))
    }

    /// What there is instead of tensors.
    private static func contents(
        _ root: [(key: PickleValue, value: PickleValue)],
        _ pickle: Pickle
    ) -> String {
        let names = root.prefix(8).map { pickle.text($0.key) ?? pickle.kind($0.key) }
        if Set(["state", "param_groups"]).isSubset(of: names) { return "the state of an optimizer" }
        for (key, value) in root {
            guard let name = pickle.text(key),
                (TrainingEntries.raw + TrainingEntries.averaged).contains(name),
                let object = wholeObject(value, pickle)
            else { continue }
            return "\"\(name)\": \(object)"
        }
        return names.isEmpty ? "nothing" : names.joined(separator: ", ").abridged
    }

    /// An object of somebody's class in the place of a state dict: all of a model, which only its own code can take apart.
    private static func wholeObject(_ value: PickleValue, _ pickle: Pickle) -> String? {
        guard case .call(let global, _) = pickle.node(value), global.role == .foreign else { return nil }
        return PickleGlobal.notRun(global.description)
    }

    private static func holdsTensors(
        _ items: [(key: PickleValue, value: PickleValue)],
        _ pickle: Pickle
    ) -> Bool {
        items.contains { TorchTensor.isTensor($0.value, in: pickle) }
    }

    private static func tensors(
        _ items: [(key: PickleValue, value: PickleValue)],
        _ pickle: Pickle,
        _ path: String
    ) throws(CheckpointError) -> [(name: String, value: PickleValue)] {
        var tensors: [(name: String, value: PickleValue)] = []
        var names: Set<String> = []
        for (key, value) in items {
            guard let name = pickle.text(key) else {
                throw CheckpointError(path, expected: "tensors with names", found: pickle.kind(key))
            }
            // Python keeps the last; but it writes no such file, and a long name that is repeated would be copied each time.
            guard names.insert(name).inserted else {
                throw CheckpointError(
                    path,
                    tensor: name.abridged,
                    expected: "each tensor once",
                    found: "two"
                )
            }
            if TorchTensor.isTensor(value, in: pickle) {
                tensors.append((name, value))
            } else if name != "_metadata", !isEmpty(value, pickle) {
                throw CheckpointError(
                    path,
                    tensor: name.abridged,
                    expected: "a tensor",
                    found: pickle.kind(value)
                )
            }
        }
        return tensors
    }

    /// Whether it is what modules put for state that they do not have.
    private static func isEmpty(_ value: PickleValue, _ pickle: Pickle) -> Bool {
        switch pickle.node(value) {
        case nil: value == .none
        case .dictionary(let items): items.isEmpty
        case .list(let items), .tuple(let items): items.isEmpty
        default: false
        }
    }
}
