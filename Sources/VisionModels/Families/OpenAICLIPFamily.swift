/// CLIP's image tower in OpenAI's names (open_clip's too), with a linear head on features of length one, as the
/// model-soups release fine-tuned it; the text tower is carried along.
enum OpenAICLIPFamily: ModelFamily {
    static let title = "OpenAI CLIP image tower with a linear head"
    static let patchEmbedding = "visual.conv1.weight"

    /// Of OpenAI's and open_clip's models, by their width: of 64 channels each, but in the largest.
    private static let heads = [
        256: 4, 384: 6, 512: 8, 640: 10, 768: 12, 896: 14, 1024: 16, 1280: 16, 1408: 16, 1664: 16, 1792: 16,
    ]

    static func read(_ tensors: ModelTensors, prefix: String, _ description: ModelDescription)
        throws(ModelError) -> FamilyModel
    {
        guard let outer = try tensors.prefix(before: "classification_head.weight") else {
            throw tensors.wrong(
                "classification_head.weight",
                "a linear classifier on CLIP's image features, as the model-soups release has it",
                nil
            )
        }
        let names = TensorNames.openAICLIP(prefix, head: "\(outer)classification_head")
        let options = try BareOptions(description)
        let projection = try tensors.shape("\(names.patchEmbedding).weight", rank: 4, of: title)
        var model = try VisionTransformer(
            tensors,
            names,
            heads: try options.heads(embedding: projection[0], otherwise: heads[projection[0]], title),
            family: title
        )
        model.epsilon = try options.epsilon ?? 1e-5
        model.activation = try options.activation ?? .quickGELU
        model.hasUnitFeatures = true
        guard model.prefix.first?.kind == .classToken, model.lastNorm == .afterPooling else {
            throw tensors.wrong("\(names.pooledNorm).weight", "a class token, and a norm of it", nil)
        }
        try model.setPositions(
            tensors,
            names,
            trained: nil,
            images: try options.inputSize,
            .antialiasedBicubic,
            family: title
        )
        return FamilyModel(
            title: title,
            architecture: "CLIP ViT, \(model.embedding) channels, patches of \(model.patch)",
            transformer: model,
            names: names,
            transform: try options.transform(
                model,
                share: 1,
                .bicubic,
                mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
                std: [0.268_629_54, 0.261_302_58, 0.275_777_11],
                title
            ),
            transformOrigin: options.saysResize ? nil : "CLIP's own",
            // open_clip; OpenAI's own code has one size.
            positions: .whileLoading,
            carried: carried(prefix),
            labels: options.labels,
            classNames: try options.classNames(model)
        )
    }

    private static func carried(_ prefix: String) -> [CarriedRule] {
        let tower = "the text tower, which a classifier of images does not read"
        return [
            CarriedRule(pattern: .prefix("\(prefix)transformer."), reason: tower),
            CarriedRule(pattern: .prefix("\(prefix)token_embedding."), reason: tower),
            CarriedRule(pattern: .name("\(prefix)positional_embedding"), reason: tower),
            CarriedRule(pattern: .prefix("\(prefix)ln_final."), reason: tower),
            CarriedRule(pattern: .name("\(prefix)text_projection"), reason: tower),
            CarriedRule(pattern: .name("\(prefix)attn_mask"), reason: tower),
            CarriedRule(
                pattern: .name("\(prefix)logit_scale"),
                reason: "scales image against text, which a classifier of images does not"
            ),
            CarriedRule(
                pattern: .name("\(prefix)input_resolution"),
                reason: "a number of the release's file"
            ),
            CarriedRule(pattern: .name("\(prefix)context_length"), reason: "a number of the release's file"),
            CarriedRule(pattern: .name("\(prefix)vocab_size"), reason: "a number of the release's file"),
        ]
    }
}

extension TensorNames {
    fileprivate static func openAICLIP(_ prefix: String, head: String) -> TensorNames {
        let tower = "\(prefix)visual"
        return TensorNames(
            patchEmbedding: "\(tower).conv1",
            classToken: "\(tower).class_embedding",
            positions: "\(tower).positional_embedding",
            embeddingNorm: "\(tower).ln_pre",
            hasBareEmbeddings: true,
            blocks: "\(tower).transformer.resblocks.#",
            attentionNorm: "ln_1",
            attention: .packed("attn.in_proj"),
            attentionOutput: "attn.out_proj",
            perceptronNorm: "ln_2",
            expansion: "mlp.c_fc",
            contraction: "mlp.c_proj",
            lastNorm: "",
            pooledNorm: "\(tower).ln_post",
            projection: "\(tower).proj",
            head: head
        )
    }
}
