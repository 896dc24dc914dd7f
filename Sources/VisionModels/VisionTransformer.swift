import Graphs

/// The shape of timm's `vision_transformer` classifier (Dosovitskiy et al., ICLR 2021).
package struct VisionTransformer: Sendable, Equatable {
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
    package var hasClassToken = true
    package var hasAttentionBias = true
    /// The head reads the mean of the patch tokens, normalised after it (timm's `global_pool="avg"`), rather than
    /// the normalised class token.
    package var poolsMean = false
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

    package var patchCount: Int { (height / patch) * (width / patch) }
    package var tokens: Int { patchCount + (hasClassToken ? 1 : 0) }

    /// The graph, with timm's tensor names.
    ///
    /// Layers, for layer-wise coefficients: "embeddings", "blocks.0", "blocks.1", …, "head".
    package func graph() -> Graph {
        var builder = GraphBuilder()
        let images = builder.input("images", rows: channels, columns: height * width)
        let patches = builder.patchEmbedding(
            images,
            channels: channels,
            height: height,
            width: width,
            patch: patch,
            embedding: embedding,
            bias: true,
            name: "patch_embed.proj",
            layer: "embeddings"
        )
        var stream = builder.tokenEmbedding(
            patches,
            classToken: hasClassToken ? "cls_token" : nil,
            positions: "pos_embed",
            layer: "embeddings"
        )
        for index in 0..<depth { stream = encoderBlock("blocks.\(index)", stream, &builder) }
        let features: ValueID
        if poolsMean {
            let mean = builder.tokenMean(stream, range: (tokens - patchCount)..<tokens, name: "pool")
            features = builder.layerNorm(mean, epsilon: epsilon, name: "fc_norm", layer: "head")
        } else {
            let normalised = builder.layerNorm(stream, epsilon: epsilon, name: "norm", layer: "head")
            features = builder.tokenMean(normalised, range: 0..<1, name: "pool")
        }
        let logits = builder.linear(features, outputs: classes, bias: true, name: "head", layer: "head")
        return builder.graph(from: images, to: logits)
    }

    /// x + attention(norm(x)), then x + perceptron(norm(x)).
    private func encoderBlock(_ name: String, _ input: ValueID, _ builder: inout GraphBuilder) -> ValueID {
        let first = builder.layerNorm(input, epsilon: epsilon, name: "\(name).norm1", layer: name)
        let fused = builder.linear(
            first,
            outputs: 3 * embedding,
            bias: hasAttentionBias,
            name: "\(name).attn.qkv",
            layer: name
        )
        let attention = builder.selfAttention(fused, heads: heads, name: "\(name).attn")
        let projected = builder.linear(
            attention,
            outputs: embedding,
            bias: true,
            name: "\(name).attn.proj",
            layer: name
        )
        let middle = builder.residualAdd(input, projected, name: "\(name).middle")
        let second = builder.layerNorm(middle, epsilon: epsilon, name: "\(name).norm2", layer: name)
        let expanded = builder.linear(
            second,
            outputs: hidden,
            bias: true,
            name: "\(name).mlp.fc1",
            layer: name
        )
        let activated = builder.gelu(expanded, name: "\(name).mlp.act")
        let contracted = builder.linear(
            activated,
            outputs: embedding,
            bias: true,
            name: "\(name).mlp.fc2",
            layer: name
        )
        return builder.residualAdd(middle, contracted, name: name)
    }
}
