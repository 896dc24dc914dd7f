import Diagnostics

/// The tensors of a training module that belong to none of its model: a loss's weights, a metric's counts.
///
/// A module that trains a model holds it under an attribute, with which all of the model's names begin (`model.` in
/// Lightning's checkpoints). What begins otherwise is none of the model's; but only a few numbers, or a name that says
/// so, are taken for harmless: a matrix may be a head that the module applies after the model.
struct Outside {
    /// The attribute that holds the model; nil where the names have nothing in common.
    private let attribute: Substring?

    /// * `names`: of all tensors that the model computes with
    init(of names: [String]) {
        let first = names.first?.prefix { $0 != "." }
        attribute = first.flatMap { first in
            names.allSatisfy { $0.hasPrefix("\(first).") } ? first : nil
        }
    }

    static let reason = "outside the model's module"

    /// Why a tensor that is not the model's is only carried along; nil where it may be the model's.
    ///
    /// - Throws: `ModelError` where it lies outside the model and may be part of what the module computes.
    func reason(_ name: String, _ shape: [Int], _ file: String) throws(ModelError) -> String? {
        let own = name.prefix { $0 != "." }
        guard let attribute, own != attribute else { return nil }
        let words = own.lowercased()
        guard shape.count < 2 || Self.words.contains(where: words.contains) else {
            throw ModelError(
                file: file,
                subject: "tensor \(name.onOneLine.abridged)",
                expected: "the model under \"\(attribute).\" alone, or losses and metrics beside it",
                found: "shape \(shape): if it is no part of the model, leave it out with "
                    + "torch.save(module.\(attribute).state_dict(), …)"
            )
        }
        return Self.reason
    }

    /// What losses, metrics and averages are called.
    private static let words = [
        "loss", "criterion", "metric", "acc", "auroc", "f1", "confmat", "confusion", "precision", "recall",
        "ema",
        "mixup", "teacher",
    ]

    /// One line for all that lie outside.
    static func doubt(_ carried: [(name: String, reason: String)]) -> Doubt? {
        let names = carried.filter { $0.reason == reason }.map(\.name.onOneLine.abridged)
        guard let first = names.first else { return nil }
        let more = names.count > 1 ? " and \(names.count - 1) more" : ""
        return Doubt(
            .warning,
            "tensor \(first)\(more): no part of the model, by its name; carried along from the first ingredient as it is"
        )
    }
}
