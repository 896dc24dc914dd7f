import Kernels

/// A vision transformer classifier (Dosovitskiy et al., ICLR 2021): what it computes, in sizes and options.
///
/// Which library it comes from shows only in the names of its tensors (`TensorNames`).
package struct VisionTransformer: Sendable, Equatable {
    package enum Activation: String, Sendable {
        case gelu = "GELU"
        case quickGELU = "QuickGELU"

        var function: Function {
            switch self {
            case .gelu: .gelu
            case .quickGELU: .quickGELU
            }
        }
    }

    /// What the head reads.
    package enum Pooling: String, Sendable {
        case classToken = "class token"
        /// Of patch tokens alone.
        case patchMean = "mean of patches"
        /// Of all tokens, prefix tokens too.
        case tokenMean = "mean of all tokens"
        /// Side by side.
        case classTokenAndPatchMean = "class token and mean of patches"
    }

    /// Where the last layer norm stands.
    package enum LastNorm: String, Sendable {
        case beforePooling = "before pooling"
        case afterPooling = "after pooling"
        case none
    }

    /// Learned tokens before those of the patches.
    package struct PrefixToken: Sendable, Equatable {
        package enum Kind: Sendable { case classToken, distillation, registers }

        package let kind: Kind
        package var count = 1
        /// Whether the position embedding has rows for it.
        package var hasPositions = true

        package init(_ kind: Kind, count: Int = 1, hasPositions: Bool = true) {
            self.kind = kind
            self.count = count
            self.hasPositions = hasPositions
        }
    }

    package var channels = 3
    package var height: Int
    package var width: Int
    package var patch: Int
    package var embedding: Int
    package var depth: Int
    package var heads: Int
    /// Channels inside the two-layer perceptron.
    package var hidden: Int
    package var classes: Int
    package var prefix = [PrefixToken(.classToken)]
    /// Where the position embedding is made for another grid of patches than the images have.
    package var positionResampling: PositionResampling?
    package var hasPatchBias = true
    /// A layer norm before the first encoder block.
    package var normalisesEmbedding = false
    package var hasAttentionBias = true
    /// Of the attention's output.
    package var hasProjectionBias = true
    package var hasPerceptronBias = true
    package var hasLayerScale = false
    package var activation = Activation.gelu
    package var lastNorm = LastNorm.beforePooling
    package var pooling = Pooling.classToken
    /// Channels of a bias-free projection before the head.
    package var projection: Int?
    /// The head reads features of length one.
    package var hasUnitFeatures = false
    package var hasHeadBias = true
    /// A head on the distillation token; the logits are the mean of the two heads'.
    package var hasDistillationHead = false
    package var epsilon = 1e-6

    package init(
        channels: Int,
        height: Int,
        width: Int,
        patch: Int,
        embedding: Int,
        depth: Int,
        heads: Int,
        hidden: Int,
        classes: Int
    ) {
        self.channels = channels
        self.height = height
        self.width = width
        self.patch = patch
        self.embedding = embedding
        self.depth = depth
        self.heads = heads
        self.hidden = hidden
        self.classes = classes
    }

    /// Of patches, in the images.
    package var grid: PositionResampling.Grid {
        PositionResampling.Grid(rows: height / patch, columns: width / patch)
    }

    package var prefixCount: Int { prefix.reduce(0) { $0 + $1.count } }
    package var tokens: Int { grid.count + prefixCount }

    /// Rows of the position embedding.
    package var positionCount: Int {
        let own = prefix.filter(\.hasPositions).reduce(0) { $0 + $1.count }
        return own + (positionResampling?.source ?? grid).count
    }

    /// What the head reads of a sample.
    var featureCount: Int {
        projection ?? (pooling == .classTokenAndPatchMean ? 2 * embedding : embedding)
    }

    /// For people: what sets this model apart, in the order of the computation.
    var options: [(name: String, value: String)] {
        var options = [
            ("patch", "\(patch)×\(patch)"), ("embedding", "\(embedding)"), ("blocks", "\(depth)"),
            ("heads", "\(heads)"), ("perceptron", "\(hidden)"), ("activation", activation.rawValue),
            ("pooling", pooling.rawValue), ("last norm", lastNorm.rawValue), ("epsilon", "\(epsilon)"),
        ]
        let kinds = prefix.map { part in
            let name =
                switch part.kind {
                case .classToken: "class token"
                case .distillation: "distillation token"
                case .registers: part.count == 1 ? "1 register" : "\(part.count) registers"
                }
            return part.hasPositions ? name : "\(name) without position"
        }
        options.append(("prefix", kinds.isEmpty ? "none" : kinds.joined(separator: ", ")))
        if let positionResampling {
            let source = positionResampling.source
            options.append(
                (
                    "positions",
                    "interpolated from \(source.rows)×\(source.columns) to \(grid.rows)×\(grid.columns)"
                )
            )
        }
        if normalisesEmbedding { options.append(("first norm", "before the blocks")) }
        if !hasAttentionBias { options.append(("attention bias", "none")) }
        if hasLayerScale { options.append(("layer scale", "yes")) }
        if let projection { options.append(("projection", "\(projection)")) }
        if hasUnitFeatures { options.append(("features", "of length one")) }
        if hasDistillationHead { options.append(("heads' logits", "mean of two")) }
        return options.map { (name: $0.0, value: $0.1) }
    }
}
