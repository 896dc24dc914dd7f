/// Which weights of a training checkpoint are meant, where it holds those of the last step and their running average.
package enum WeightsKind: String, Sendable, Codable, CaseIterable { case raw, averaged }

/// An entry of a training checkpoint that holds weights.
package struct WeightsEntry: Sendable, Equatable, Codable {
    /// As "state_dict_ema"; "ema.shadow" of a dictionary within one.
    package let name: String
    package let kind: WeightsKind
    /// False of tensors without names, in a list.
    package var hasNames = true
}

extension CheckpointListing {
    /// Throws where the weights that are read are not those that were asked for.
    ///
    /// Weights that nobody calls averaged count as raw.
    func check(_ wanted: WeightsKind?, _ path: String) throws(CheckpointError) {
        guard let wanted, wanted != kind ?? .raw else { return }
        let nameless = unread.first { $0.kind == wanted && !$0.hasNames }
        let found =
            nameless.map { "tensors without names under \"\($0.name)\", which cannot be told apart" }
            ?? "none beside those \(wrapper.map { "under \"\($0)\"" } ?? "that the file holds")"
        throw CheckpointError(path, expected: "\(wanted) weights (--weights \(wanted))", found: found)
    }

    /// The same listing with one of two copies where the file holds a model and its running average under names that
    /// differ in how they begin, as a module does that keeps its average itself: `model.…` beside `ema_model.…`.
    ///
    /// The copy that is read has the model's own names.
    func withoutCopies(_ wanted: WeightsKind?) -> CheckpointListing {
        for head in Self.averagesHeads {
            let averages = tensors(below: "\(head).")
            guard let some = averages.keys.min() else { continue }
            let rest = tensors.filter { !$0.name.hasPrefix("\(head).") }
            // What stands before the model's own names: nothing, or the attribute that holds it.
            let heads: [String] = rest.compactMap { tensor in
                guard tensor.name.hasSuffix(some) else { return nil }
                let head = String(tensor.name.dropLast(some.count))
                return head.isEmpty || head.firstIndex(of: ".") == head.indices.last ? head : nil
            }
            for own in heads.prefix(4) {
                let models = rest.filter { $0.name.hasPrefix(own) }
                func average(_ tensor: StoredTensor) -> StoredTensor? {
                    averages[String(tensor.name.dropFirst(own.count))]
                }
                let copied = models.filter { average($0)?.shape == $0.shape }
                // An average may lack what is no parameter, and an average of something else is none of this.
                guard copied.count == averages.count, 2 * copied.count > models.count else { continue }
                let chosen = wanted ?? .averaged
                let copies = Set(copied.map(\.name))
                let read = rest.map { tensor -> StoredTensor in
                    guard chosen == .averaged, copies.contains(tensor.name) else { return tensor }
                    return average(tensor)?.renamed(tensor.name) ?? tensor
                }
                return with(
                    read,
                    kind: chosen,
                    beside: chosen == .averaged
                        ? WeightsEntry(name: "\(own)*", kind: .raw)
                        : WeightsEntry(name: "\(head).*", kind: .averaged)
                )
            }
        }
        return self
    }

    /// What modules call the average of themselves.
    private static let averagesHeads = [
        "ema_model", "model_ema", "ema", "averaged_model", "average_model", "avg_model", "swa_model",
        "_average_model",
    ]

    /// The tensors whose names begin so, by the rest of their names; without what an average counts beside them.
    private func tensors(below head: String) -> [String: StoredTensor] {
        var found = tensors.filter { $0.name.hasPrefix(head) }
            .map { (name: String($0.name.dropFirst(head.count)), tensor: $0) }
        found.removeAll { AverageCounters.names.contains($0.name) }
        let module = "module."
        let isWrapped = found.allSatisfy { $0.name.hasPrefix(module) }
        return Dictionary(
            found.map { (isWrapped ? String($0.name.dropFirst(module.count)) : $0.name, $0.tensor) }
        ) { first, _ in first }
    }

    private func with(_ tensors: [StoredTensor], kind: WeightsKind, beside other: WeightsEntry)
        -> CheckpointListing
    {
        CheckpointListing(
            container,
            files: files,
            index: index,
            tensors: tensors,
            metadata: metadata,
            wrapper: wrapper,
            kind: kind,
            unread: unread + [other],
            prefix: prefix
        )
    }
}

/// What PyTorch's and MMEngine's averaged models count, as tensors beside the module that they hold.
enum AverageCounters {
    static let names: Set<String> = ["n_averaged", "steps", "decay", "num_updates", "initted", "step"]

    /// Names without the counters, where all others are those of a module within: else as they are.
    static func dropped<T>(_ tensors: [(name: String, value: T)]) -> [(name: String, value: T)] {
        let rest = tensors.filter { !names.contains($0.name) }
        guard rest.count < tensors.count, !rest.isEmpty, rest.allSatisfy({ $0.name.hasPrefix("module.") })
        else { return tensors }
        return rest
    }
}
