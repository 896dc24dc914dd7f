import Graphs

extension VisionTransformer {
    /// The graph, its parameters named by `names`.
    ///
    /// Layers, for layer-wise coefficients: "embeddings", "blocks.0", "blocks.1", …, "head".
    package func graph(_ names: TensorNames = .timm()) throws(GraphError) -> Graph {
        var builder = GraphBuilder()
        let images = builder.input("images", [channels, height, width])
        var stream = try embeddings(of: images, names, &builder)
        for index in 0..<depth {
            stream = try encoderBlock(names.block(index), "blocks.\(index)", stream, names, &builder)
        }
        if lastNorm == .beforePooling {
            stream = builder.layerNorm(stream, epsilon: epsilon, name: names.lastNorm, layer: "head")
        }
        let logits = try head(names.head, on: features(of: stream, names, &builder), &builder)
        guard hasDistillationHead else { return try builder.graph(from: images, to: logits) }
        let distilled = builder.tokenMean(stream, range: 1..<2, name: "pool.distillation")
        let second = try head(names.distillationHead, on: distilled, &builder)
        let sum = try builder.sum(logits, second, name: "logits.sum")
        let mean = builder.scaled(sum, by: 0.5, name: "logits")
        return try builder.graph(from: images, to: mean)
    }

    /// Images to the tokens that the first encoder block reads.
    private func embeddings(of images: ValueID, _ names: TensorNames, _ builder: inout GraphBuilder)
        throws(GraphError) -> ValueID
    {
        let patches = builder.patchEmbedding(
            images,
            channels: channels,
            height: height,
            width: width,
            patch: patch,
            embedding: embedding,
            bias: hasPatchBias,
            name: names.patchEmbedding,
            layer: "embeddings"
        )
        let tokens = try builder.tokenEmbedding(
            patches,
            prefix: prefix.map { part in
                PrefixParameter(
                    name: names.prefix(part.kind),
                    shape: names.hasBareEmbeddings ? [embedding] : [1, part.count, embedding],
                    hasPositions: part.hasPositions
                )
            },
            positions: (
                name: names.positions,
                shape: (names.hasBareEmbeddings ? [] : [1]) + [positionCount, embedding]
            ),
            resampling: positionResampling,
            layer: "embeddings"
        )
        guard normalisesEmbedding else { return tokens }
        return builder.layerNorm(tokens, epsilon: epsilon, name: names.embeddingNorm, layer: "embeddings")
    }

    /// x + attention(norm(x)), then x + perceptron(norm(x)).
    private func encoderBlock(
        _ name: String,
        _ layer: String,
        _ input: ValueID,
        _ names: TensorNames,
        _ builder: inout GraphBuilder
    ) throws(GraphError) -> ValueID {
        let first = builder.layerNorm(
            input,
            epsilon: epsilon,
            name: "\(name).\(names.attentionNorm)",
            layer: layer
        )
        let fused = try builder.linear(
            first,
            outputs: 3 * embedding,
            weights: names.attention.weights(name),
            biases: hasAttentionBias ? names.attention.biases(name) : [],
            name: "\(layer).qkv",
            layer: layer
        )
        let attention = try builder.selfAttention(fused, heads: heads, name: "\(layer).attention")
        var branch = try builder.linear(
            attention,
            outputs: embedding,
            bias: hasProjectionBias,
            name: "\(name).\(names.attentionOutput)",
            layer: layer
        )
        if hasLayerScale {
            branch = try builder.layerScale(
                branch,
                parameter: "\(name).\(names.attentionScale)",
                name: "\(layer).attention.scaled",
                layer: layer
            )
        }
        let middle = try builder.sum(input, branch, name: "\(layer).middle")
        return try perceptron(name, layer, middle, names, &builder)
    }

    private func perceptron(
        _ name: String,
        _ layer: String,
        _ middle: ValueID,
        _ names: TensorNames,
        _ builder: inout GraphBuilder
    ) throws(GraphError) -> ValueID {
        let second = builder.layerNorm(
            middle,
            epsilon: epsilon,
            name: "\(name).\(names.perceptronNorm)",
            layer: layer
        )
        let expanded = try builder.linear(
            second,
            outputs: hidden,
            bias: hasPerceptronBias,
            name: "\(name).\(names.expansion)",
            layer: layer
        )
        let activated = builder.elementwise(expanded, activation.function, name: "\(layer).activation")
        var branch = try builder.linear(
            activated,
            outputs: embedding,
            bias: hasPerceptronBias,
            name: "\(name).\(names.contraction)",
            layer: layer
        )
        if hasLayerScale {
            branch = try builder.layerScale(
                branch,
                parameter: "\(name).\(names.perceptronScale)",
                name: "\(layer).perceptron.scaled",
                layer: layer
            )
        }
        return try builder.sum(middle, branch, name: layer)
    }

    /// One row per sample: what the head reads.
    private func features(of stream: ValueID, _ names: TensorNames, _ builder: inout GraphBuilder)
        throws(GraphError) -> ValueID
    {
        let patches = prefixCount..<tokens
        var features: ValueID
        switch pooling {
        case .classToken: features = builder.tokenMean(stream, range: 0..<1, name: "pool")
        case .patchMean: features = builder.tokenMean(stream, range: patches, name: "pool")
        case .tokenMean: features = builder.tokenMean(stream, range: 0..<tokens, name: "pool")
        case .classTokenAndPatchMean:
            let token = builder.tokenMean(stream, range: 0..<1, name: "pool.class")
            let mean = builder.tokenMean(stream, range: patches, name: "pool.mean")
            features = try builder.join([token, mean], 1, name: "pool")
        }
        if lastNorm == .afterPooling {
            features = builder.layerNorm(features, epsilon: epsilon, name: names.pooledNorm, layer: "head")
        }
        if let projection {
            features = builder.projection(
                features,
                outputs: projection,
                parameter: names.projection,
                name: "projection",
                layer: "head"
            )
        }
        return hasUnitFeatures ? builder.unitRows(features, name: "features") : features
    }

    private func head(_ name: String, on features: ValueID, _ builder: inout GraphBuilder)
        throws(GraphError) -> ValueID
    {
        try builder.linear(features, outputs: classes, bias: hasHeadBias, name: name, layer: "head")
    }
}
