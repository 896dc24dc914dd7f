/// Hugging Face's `CLIPForImageClassification`: CLIP's image tower, the mean of its patch tokens, a linear head.
enum HuggingFaceCLIP: ModelFamily {
    static let title = "Hugging Face CLIPForImageClassification"
    static let patchEmbedding = "vision_model.embeddings.patch_embedding.weight"

    static func read(_ tensors: ModelTensors, prefix: String, _ description: ModelDescription)
        throws(ModelError) -> FamilyModel
    {
        let configuration = try HuggingFaceConfiguration(
            description,
            known: ["CLIPForImageClassification"],
            part: "vision_config",
            family: title
        )
        let names = TensorNames.huggingFaceCLIP(prefix)
        let projection = try tensors.shape("\(names.patchEmbedding).weight", rank: 4, of: title)
        // The class's own defaults, where a description leaves them out.
        var model = try VisionTransformer(
            tensors,
            names,
            heads: try configuration.heads(embedding: projection[0], otherwise: 12),
            family: title
        )
        model.activation = try configuration.activation
        model.epsilon = try configuration.vision.epsilon("layer_norm_eps") ?? 1e-5
        model.pooling = .patchMean
        model.lastNorm = .none
        try configuration.check(model)
        let transform = try description.huggingFaceTransform(
            channels: model.channels,
            usual: .shortestEdge,
            family: configuration.architecture
        )
        try model.setPositions(
            tensors,
            names,
            trained: try configuration.imageSize ?? [224, 224],
            images: [transform.crop?.height ?? 0, transform.crop?.width ?? 0],
            .bicubic,
            family: title
        )
        return FamilyModel(
            title: title,
            architecture: configuration.architecture,
            transformer: model,
            names: names,
            transform: transform,
            positions: configuration.positionsOnRequest,
            carried: [
                CarriedRule(
                    pattern: .prefix("\(prefix)vision_model.post_layernorm."),
                    reason: "the norm of the pooled token, which the classifier does not read"
                ),
                CarriedRule(
                    pattern: .name("\(prefix)vision_model.embeddings.position_ids"),
                    reason: "the positions' numbers"
                ),
            ],
            labels: .huggingFace,
            classNames: try configuration.classNames
        )
    }
}

extension TensorNames {
    fileprivate static func huggingFaceCLIP(_ prefix: String) -> TensorNames {
        let tower = "\(prefix)vision_model"
        return TensorNames(
            patchEmbedding: "\(tower).embeddings.patch_embedding",
            classToken: "\(tower).embeddings.class_embedding",
            positions: "\(tower).embeddings.position_embedding.weight",
            // Spelt so in the original.
            embeddingNorm: "\(tower).pre_layrnorm",
            hasBareEmbeddings: true,
            blocks: "\(tower).encoder.layers.#",
            attentionNorm: "layer_norm1",
            attention: .separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
            attentionOutput: "self_attn.out_proj",
            perceptronNorm: "layer_norm2",
            lastNorm: "",
            head: "\(prefix)classifier"
        )
    }
}
