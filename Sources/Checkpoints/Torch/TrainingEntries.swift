/// The entries of a training checkpoint that hold weights, the one that is read by itself first.
///
/// Averaged weights go before raw ones, as in timm's own loader (`load_state_dict` with `use_ema`), whose order of names
/// this is: https://github.com/huggingface/pytorch-image-models/blob/v1.0.20/timm/models/_helpers.py.
struct TrainingEntries {
    typealias Items = [(key: PickleValue, value: PickleValue)]

    let found: [(entry: WeightsEntry, items: Items)]
    /// Averages in a list, without names.
    let nameless: [WeightsEntry]

    static let raw = [
        "state_dict", "model", "module", "model_state_dict", "model_state", "net", "network", "params",
        "current_model_state",
    ]
    static let averaged = [
        "state_dict_ema", "model_ema", "ema_state_dict", "ema_model", "ema", "model_ema_state_dict",
        "ema_model_state_dict", "model_state_dict_ema", "params_ema", "averaged_model", "swa_model",
        "swa_state_dict", "ema_weights",
    ]
    /// What the helpers that average weights put their state dict under, within their own.
    private static let inner = ["state_dict", "module", "model", "shadow", "shadow_params", "ema_model"]

    init(_ root: Items, _ pickle: Pickle) {
        /// The last of several entries of one name counts, as in Python.
        func value(_ name: String, in items: Items) -> PickleValue? {
            items.last { pickle.text($0.key) == name }?.value
        }
        func items(_ value: PickleValue?) -> Items? {
            guard let value, case .dictionary(let items) = pickle.node(value) else { return nil }
            return items
        }
        func holdsTensors(_ items: Items) -> Bool {
            items.contains { TorchTensor.isTensor($0.value, in: pickle) }
        }
        var found: [(entry: WeightsEntry, items: Items)] = []
        var nameless: [WeightsEntry] = []
        func take(_ name: String, _ kind: WeightsKind) {
            guard let outer = items(value(name, in: root)) else { return }
            if holdsTensors(outer) { return found.append((WeightsEntry(name: name, kind: kind), outer)) }
            for part in Self.inner {
                let path = "\(name).\(part)"
                let within = value(part, in: outer)
                if let within = items(within), holdsTensors(within) {
                    return found.append((WeightsEntry(name: path, kind: kind), within))
                }
                if let within, case .list(let values) = pickle.node(within),
                    values.contains(where: { TorchTensor.isTensor($0, in: pickle) })
                {
                    return nameless.append(WeightsEntry(name: path, kind: kind, hasNames: false))
                }
            }
        }
        let notes = items(value("meta", in: root)) ?? []
        let swapped: [String]
        if value("current_model_state", in: root) != nil {
            // Lightning's WeightAveraging puts the average where the weights are looked for.
            swapped = ["state_dict"]
        } else if value("mmengine_version", in: notes) != nil {
            // So does MMEngine's EMAHook, and the raw ones under the average's name.
            swapped = ["state_dict", "ema_state_dict"]
        } else {
            swapped = []
        }
        let isSwapped = swapped.allSatisfy { value($0, in: root) != nil }
        for (names, kind) in [(Self.averaged, WeightsKind.averaged), (Self.raw, .raw)] {
            for name in names {
                let other: WeightsKind = kind == .raw ? .averaged : .raw
                take(name, isSwapped && swapped.contains(name) ? other : kind)
            }
        }
        // The order among those of a kind stays.
        self.found = found.filter { $0.entry.kind == .averaged } + found.filter { $0.entry.kind == .raw }
        self.nameless = nameless
    }

    /// The entry to read: of the kind that is wanted, where there is one.
    func chosen(_ wanted: WeightsKind?) -> (entry: WeightsEntry, items: Items)? {
        found.first { $0.entry.kind == wanted } ?? found.first
    }
}
