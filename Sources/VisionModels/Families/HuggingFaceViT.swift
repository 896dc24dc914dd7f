/// Hugging Face's `ViTForImageClassification`, `DeiTForImageClassification` and `Dinov2ForImageClassification`, whose
/// tensors have one scheme of names.
enum HuggingFaceViT: ModelFamily {
    static let title = "Hugging Face ViT, DeiT or DINOv2"
    static let patchEmbedding = "embeddings.patch_embeddings.projection.weight"

    /// By class: what its tensors begin with.
    private static let bodies = [
        "ViTForImageClassification": "vit",
        "DeiTForImageClassification": "deit",
        "DeiTForImageClassificationWithTeacher": "deit",
        "Dinov2ForImageClassification": "dinov2",
        "Dinov2WithRegistersForImageClassification": "dinov2_with_registers",
    ]

    static func read(_ tensors: ModelTensors, prefix: String, _ description: ModelDescription)
        throws(ModelError) -> FamilyModel
    {
        let body = prefix.split(separator: ".").last.map(String.init) ?? ""
        let known = bodies.filter { $0.value == body }.keys.sorted()
        guard !known.isEmpty else {
            throw tensors.wrong(
                prefix + patchEmbedding,
                "a classifier's tensors: "
                    + Set(bodies.values).sorted().map { "\($0).…" }.joined(separator: ", "),
                tensors.shapes[prefix + patchEmbedding]
            )
        }
        let configuration = try HuggingFaceConfiguration(description, known: known, family: title)
        // Its tensors have other names: to miss those would not say why.
        if try configuration.vision.boolean("use_swiglu_ffn") == true {
            throw configuration.vision.wrong("use_swiglu_ffn", "false: a gated perceptron is not known")
        }
        let isDINO = body.hasPrefix("dinov2")
        let names = TensorNames.huggingFace(tensors, prefix, body, configuration.architecture)
        let projection = try tensors.shape("\(names.patchEmbedding).weight", rank: 4, of: title)
        // The classes' own defaults, where a description leaves them out.
        var model = try VisionTransformer(
            tensors,
            names,
            heads: try configuration.heads(embedding: projection[0], otherwise: 12),
            family: title
        )
        model.activation = try configuration.activation
        model.epsilon = try configuration.vision.epsilon("layer_norm_eps") ?? (isDINO ? 1e-6 : 1e-12)
        if isDINO {
            model.pooling = .classTokenAndPatchMean
            for index in model.prefix.indices where model.prefix[index].kind == .registers {
                model.prefix[index].hasPositions = false
            }
        }
        model.hasDistillationHead = tensors.has("\(names.distillationHead).weight")
        try configuration.check(model)
        try check(configuration, model, tensors, names)
        let transform = try description.huggingFaceTransform(
            channels: model.channels,
            usual: body == "vit" ? .exact : body == "deit" ? .exactThenCrop : .shortestEdge,
            family: configuration.architecture
        )
        try model.setPositions(
            tensors,
            names,
            trained: try configuration.imageSize,
            images: [transform.crop?.height ?? 0, transform.crop?.width ?? 0],
            // The only one of them that smooths where positions become fewer.
            body == "dinov2_with_registers" ? .antialiasedBicubic : .bicubic,
            family: title
        )
        return FamilyModel(
            title: "Hugging Face \(configuration.architecture)",
            architecture: configuration.architecture,
            transformer: model,
            names: names,
            transform: transform,
            positions: isDINO ? .always : configuration.positionsOnRequest,
            carried: carried(prefix),
            labels: .huggingFace,
            classNames: try configuration.classNames
        )
    }

    /// What would be another computation.
    private static func check(
        _ configuration: HuggingFaceConfiguration,
        _ model: VisionTransformer,
        _ tensors: ModelTensors,
        _ names: TensorNames
    ) throws(ModelError) {
        let fields = configuration.vision
        try fields.agree("qkv_bias", fields.boolean("qkv_bias"), model.hasAttentionBias)
        guard model.lastNorm == .beforePooling else {
            throw tensors.wrong("\(names.lastNorm).weight", "the last norm", nil)
        }
        guard model.prefix.first?.kind == .classToken else {
            throw tensors.wrong(names.classToken, "a class token", nil)
        }
        guard !model.hasDistillationHead || model.prefix.contains(where: { $0.kind == .distillation }) else {
            throw tensors.wrong(names.distillationToken, "the token of the distillation head", nil)
        }
    }

    private static func carried(_ prefix: String) -> [CarriedRule] {
        [
            CarriedRule(
                pattern: .name("\(prefix)embeddings.mask_token"),
                reason: "stands for masked patches while pretraining only"
            ),
            CarriedRule(
                pattern: .name("\(prefix)pooler.dense.weight"),
                reason: "the pooler, which the classifier does not read"
            ),
            CarriedRule(
                pattern: .name("\(prefix)pooler.dense.bias"),
                reason: "the pooler, which the classifier does not read"
            ),
        ]
    }
}

extension TensorNames {
    /// The names that are written by `save_pretrained`, or those that version 5 has in memory.
    fileprivate static func huggingFace(
        _ tensors: ModelTensors,
        _ prefix: String,
        _ body: String,
        _ architecture: String
    ) -> TensorNames {
        let outer = String(prefix.dropLast(body.count + 1))
        let isDINO = body.hasPrefix("dinov2")
        // DINOv2's blocks are called the same in both; only its attention differs.
        let inMemory = tensors.has("\(prefix)layers.0.layernorm_before.weight")
        let blocks = inMemory ? "\(prefix)layers.#" : "\(prefix)encoder.layer.#"
        let first = blocks.split(separator: "#").joined() + "0"
        let isShort = tensors.has("\(first).attention.q_proj.weight")
        let heads =
            tensors.has("\(outer)cls_classifier.weight") ? "\(outer)cls_classifier" : "\(outer)classifier"
        let hasOldPerceptron = tensors.has("\(first).intermediate.dense.weight")
        return TensorNames(
            patchEmbedding: "\(prefix)embeddings.patch_embeddings.projection",
            classToken: "\(prefix)embeddings.cls_token",
            distillationToken: "\(prefix)embeddings.distillation_token",
            registers: "\(prefix)embeddings.register_tokens",
            positions: "\(prefix)embeddings.position_embeddings",
            blocks: blocks,
            attentionNorm: isDINO ? "norm1" : "layernorm_before",
            attention: .separate(
                isShort
                    ? ["attention.q_proj", "attention.k_proj", "attention.v_proj"]
                    : ["attention.attention.query", "attention.attention.key", "attention.attention.value"]
            ),
            attentionOutput: isShort ? "attention.o_proj" : "attention.output.dense",
            attentionScale: "layer_scale1.lambda1",
            perceptronNorm: isDINO ? "norm2" : "layernorm_after",
            expansion: hasOldPerceptron ? "intermediate.dense" : "mlp.fc1",
            contraction: hasOldPerceptron ? "output.dense" : "mlp.fc2",
            perceptronScale: "layer_scale2.lambda1",
            lastNorm: "\(prefix)layernorm",
            head: heads,
            distillationHead: "\(outer)distillation_classifier"
        )
    }
}
