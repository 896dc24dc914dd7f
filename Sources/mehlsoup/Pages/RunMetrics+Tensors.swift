import Diagnostics
import Runs

extension RunMetrics {
    /// What became of the ingredients' tensors: "40 mixed, 3 carried along, 1 tied, 0 kept"; a dash of earlier versions'
    /// runs.
    var tensorCounts: String {
        guard let tensors else { return "–" }
        let kinds = [
            ("mixed", "mixed"), ("kept", "kept as the first ingredient has them"), ("tied", "tied to these"),
            ("carried", "carried along from the first ingredient"),
        ]
        return kinds.compactMap { kind, text in
            tensors[kind].flatMap { $0 > 0 ? "\($0.grouped) \(text)" : nil }
        }.joined(separator: ", ")
    }
}
