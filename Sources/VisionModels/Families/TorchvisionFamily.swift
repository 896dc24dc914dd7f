/// torchvision's `vit_b_16`, `vit_l_32` and so on; they come without a description.
enum TorchvisionFamily: ModelFamily {
    static let title = "torchvision VisionTransformer"
    static let patchEmbedding = "conv_proj.weight"

    /// Of torchvision's own models, by their width.
    private static let heads = [768: 12, 1024: 16, 1280: 16]

    static func read(_ tensors: ModelTensors, prefix: String, _ description: ModelDescription)
        throws(ModelError) -> FamilyModel
    {
        let names = TensorNames.torchvision(tensors, prefix)
        let options = try BareOptions(description)
        let projection = try tensors.shape("\(names.patchEmbedding).weight", rank: 4, of: title)
        var model = try VisionTransformer(
            tensors,
            names,
            heads: try options.heads(embedding: projection[0], otherwise: heads[projection[0]], title),
            family: title
        )
        model.epsilon = try options.epsilon ?? 1e-6
        guard model.prefix.first?.kind == .classToken, model.lastNorm == .beforePooling else {
            throw tensors.wrong(names.classToken, "a class token, and a last norm", nil)
        }
        try options.checkActivation([.gelu])
        try model.setPositions(
            tensors,
            names,
            trained: nil,
            images: try options.inputSize,
            .bicubicAlignedCorners,
            family: title
        )
        // As torchvision's own weights: at 224 (IMAGENET1K_V1) 256, then the middle; larger ones (SWAG) whole.
        let isFirst = model.height == 224
        return FamilyModel(
            title: title,
            architecture: "vit_\(model.embedding)_\(model.patch)",
            transformer: model,
            names: names,
            transform: try options.transform(
                model,
                share: isFirst ? 0.875 : 1,
                isFirst ? .bilinear : .bicubic,
                mean: [0.485, 0.456, 0.406],
                std: [0.229, 0.224, 0.225],
                title
            ),
            labels: .timm,
            classNames: options.classNames
        )
    }
}

extension TensorNames {
    fileprivate static func torchvision(_ tensors: ModelTensors, _ prefix: String) -> TensorNames {
        let layers = "\(prefix)encoder.layers.encoder_layer_"
        // Before torchvision 0.12 the perceptron's parts had names.
        let isOld = tensors.has("\(layers)0.mlp.linear_1.weight")
        return TensorNames(
            patchEmbedding: "\(prefix)conv_proj",
            classToken: "\(prefix)class_token",
            positions: "\(prefix)encoder.pos_embedding",
            blocks: "\(layers)#",
            attentionNorm: "ln_1",
            attention: .packed("self_attention.in_proj"),
            attentionOutput: "self_attention.out_proj",
            perceptronNorm: "ln_2",
            expansion: isOld ? "mlp.linear_1" : "mlp.0",
            contraction: isOld ? "mlp.linear_2" : "mlp.3",
            lastNorm: "\(prefix)encoder.ln",
            head: "\(prefix)heads.head"
        )
    }
}
