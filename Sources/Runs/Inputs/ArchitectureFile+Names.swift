import Checkpoints
import Diagnostics
import ImportedGraphs
import VisionModels

/// Libraries store some models under other names than these have in memory (transformers 5: ViT, DINOv2, SegFormer), and a
/// graph has those of memory. Exported from one of the ingredients it has that one's values, which tell them; a soup's header
/// says them.
extension ArchitectureFile {
    /// With the names of the checkpoints' tensors, all of which have the same; unchanged where nothing tells others.
    ///
    /// - Throws: `CheckpointError` where two tensors have the values of one of the graph's
    package func named(as checkpoints: [Checkpoint]) throws -> ArchitectureFile {
        try names(in: checkpoints).map(renaming) ?? self
    }

    /// What the checkpoints call its tensors; nil where that is what it calls them itself, and where no checkpoint says it or is
    /// here and has its values.
    func names(in checkpoints: [Checkpoint]) throws -> TensorRenaming? {
        guard let first = checkpoints.first,
            !knows(Dictionary(uniqueKeysWithValues: first.tensors.map { ($0.key, $0.value.shape) }))
        else { return nil }
        for checkpoint in checkpoints {
            if let noted = TensorRenaming(notes: checkpoint.metadata, file: checkpoint.displayName),
                tensors.allSatisfy({ checkpoint.tensors[noted.names[$0] ?? $0] != nil })
            {
                return noted
            }
        }
        let weights = try weights()
        for checkpoint in checkpoints where checkpoint.isHere {
            var search = NameSearch(weights: weights, checkpoint: checkpoint)
            if let names = try search.names(of: tensors) {
                let others = try search.anyNames(of: unreadTensors)
                return TensorRenaming(
                    names: names.merging(others) { own, _ in own },
                    origin: "the values of \(checkpoint.displayName)"
                )
            }
        }
        return nil
    }
}

/// Looks for a graph's tensors in a checkpoint by their values.
private struct NameSearch {
    let weights: StoredTensors
    let checkpoint: Checkpoint
    private var digests: [String: String] = [:]
    private let candidates: [[Int]: [StoredTensor]]

    init(weights: StoredTensors, checkpoint: Checkpoint) {
        self.weights = weights
        self.checkpoint = checkpoint
        candidates = Dictionary(grouping: checkpoint.tensors.values, by: \.shape)
    }

    /// Names in the checkpoint by the graph's; nil where a tensor is not there.
    mutating func names(of tensors: [String]) throws -> [String: String]? {
        var found: [String: String] = [:]
        for tensor in tensors {
            let same = try alike(tensor)
            guard same.count < 2 else {
                throw CheckpointError(
                    checkpoint.displayName,
                    tensor: same[0].abridged,
                    expected:
                        "alone the values of the graph's \(tensor.abridged), which are to tell its name",
                    found: "the same ones in \(same[1].abridged)"
                )
            }
            guard let name = same.first else { return nil }
            found[tensor] = name
        }
        return found
    }

    /// Those of them that one tensor alone can be.
    mutating func anyNames(of tensors: [String]) throws -> [String: String] {
        var found: [String: String] = [:]
        for tensor in tensors {
            let same = try alike(tensor)
            if same.count == 1 { found[tensor] = same[0] }
        }
        return found
    }

    /// Names of the tensors that have the values of the graph's; where one has its name too, of that alone.
    private mutating func alike(_ tensor: String) throws -> [String] {
        guard let shape = weights.shape(of: tensor), let digest = try weights.sha256(of: tensor) else {
            return []
        }
        let same = try (candidates[shape] ?? []).filter { try self.digest($0) == digest }.map(\.name)
        return same.contains(tensor) ? [tensor] : same
    }

    private mutating func digest(_ tensor: StoredTensor) throws -> String {
        if let known = digests[tensor.name] { return known }
        let digest = try checkpoint.sha256(of: tensor)
        digests[tensor.name] = digest
        return digest
    }
}
