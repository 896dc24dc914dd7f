/// How a library calls the tensors of a vision transformer.
package struct TensorNames: Sendable, Equatable {
    /// The queries', keys' and values' matrices in a block.
    enum Attention: Sendable, Equatable {
        /// One tensor: NAME.weight and NAME.bias.
        case fused(String)
        /// One tensor, as PyTorch's `MultiheadAttention` has it: NAME_weight and NAME_bias.
        case packed(String)
        /// Three: queries, keys, values.
        case separate([String])

        func weights(_ block: String) -> [String] { names(block, "weight") }

        func biases(_ block: String) -> [String] { names(block, "bias") }

        private func names(_ block: String, _ kind: String) -> [String] {
            switch self {
            case .fused(let name): ["\(block).\(name).\(kind)"]
            case .packed(let name): ["\(block).\(name)_\(kind)"]
            case .separate(let names): names.map { "\(block).\($0).\(kind)" }
            }
        }
    }

    // Whole names, but for ".weight" and ".bias" where a tensor has those.
    var patchEmbedding: String
    var classToken: String
    var distillationToken = ""
    var registers = ""
    /// The whole name.
    var positions: String
    var embeddingNorm = ""
    /// Class token and positions are stored as C and N×C rather than 1×1×C and 1×N×C.
    var hasBareEmbeddings = false
    /// `#` stands for the number.
    var blocks: String
    // Within a block.
    var attentionNorm = "norm1"
    var attention: Attention
    var attentionOutput: String
    /// The whole name.
    var attentionScale = ""
    var perceptronNorm = "norm2"
    var expansion = "mlp.fc1"
    var contraction = "mlp.fc2"
    /// The whole name.
    var perceptronScale = ""
    // After the blocks.
    /// Before pooling.
    var lastNorm: String
    var pooledNorm = ""
    /// The whole name.
    var projection = ""
    var head: String
    var distillationHead = ""

    func block(_ index: Int) -> String {
        blocks.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "\(index)")
    }

    func prefix(_ kind: VisionTransformer.PrefixToken.Kind) -> String {
        switch kind {
        case .classToken: classToken
        case .distillation: distillationToken
        case .registers: registers
        }
    }
}
