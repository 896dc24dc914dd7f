/// The weights in what a PyTorch file holds: the dictionary from names to tensors, bare or inside a training checkpoint.
struct StateDictionary {
    /// The entry that it was found under; nil where the file holds nothing else.
    let wrapper: String?
    /// Entries with other weights, which are not read.
    let others: [String]
    /// In the dictionary's order.
    let tensors: [(name: String, value: PickleValue)]

    /// Where training programs put the weights: the first that is there is taken.
    ///
    /// Averaged weights count only where there are no others.
    static let wrappers = [
        "state_dict", "model", "module", "model_state_dict", "ema", "model_ema", "state_dict_ema",
    ]

    /// - Throws: `CheckpointError` where there is none, or something in it is no tensor.
    init(_ pickle: Pickle, path: String) throws(CheckpointError) {
        guard case .dictionary(let root) = pickle.node(pickle.root) else {
            throw CheckpointError(
                path,
                expected: "a dictionary from names to tensors (a state dict)",
                found: pickle.kind(pickle.root)
            )
        }
        /// The last of several entries of one name counts, as in Python.
        func entry(_ name: String) -> PickleValue? { root.last { pickle.text($0.key) == name }?.value }
        let found = Self.wrappers.compactMap {
            name -> (name: String, items: [(key: PickleValue, value: PickleValue)])? in
            guard let value = entry(name), case .dictionary(let items) = pickle.node(value),
                Self.holdsTensors(items, pickle)
            else { return nil }
            return (name, items)
        }
        let wrapped = found.first
        guard wrapped != nil || Self.holdsTensors(root, pickle) else {
            let names = root.prefix(8).map { pickle.text($0.key) ?? pickle.kind($0.key) }
            throw CheckpointError(
                path,
                expected: "tensors, by themselves or under \(Self.wrappers.joined(separator: ", "))",
                found: names.isEmpty ? "nothing" : names.joined(separator: ", ").abridged
            )
        }
        wrapper = wrapped?.name
        others = found.dropFirst().map(\.name)
        tensors = try Self.tensors(wrapped?.items ?? root, pickle, path)
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
