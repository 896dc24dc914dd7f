import Datasets

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
        let own = OwnWeights(of: model)
        return FamilyModel(
            title: title,
            architecture: "vit_\(model.embedding)_\(model.patch)",
            transformer: model,
            names: names,
            transform: try options.transform(
                model,
                share: own.share,
                own.interpolation,
                mean: [0.485, 0.456, 0.406],
                std: [0.229, 0.224, 0.225],
                title
            ),
            transformOrigin: options.saysResize ? nil : "torchvision's \(own.name)",
            positions: .onRequest(
                "torchvision refuses to load them at another size, unless interpolate_embeddings has been at them"
            ),
            labels: options.labels,
            classNames: try options.classNames(model)
        )
    }
}

/// How torchvision feeds its own weights of an architecture and size (`…_Weights` in its `vision_transformer.py`).
///
/// At 224 pixels there are two of most, IMAGENET1K_V1 and a linear head on SWAG's, and no tensor tells them apart: the
/// first, which is its default.
private struct OwnWeights {
    let name: String
    /// Of what images are resized to, that the model sees.
    let share: Double
    let interpolation: ImageTransform.Interpolation

    init(of model: VisionTransformer) {
        let sizes = (model.height, model.embedding, model.patch)
        (name, share, interpolation) =
            switch sizes {
            case (224, 1024, 16): ("IMAGENET1K_V1 weights of vit_l_16", 224.0 / 242, .bilinear)
            case (224, 1280, 14): ("IMAGENET1K_SWAG_LINEAR_V1 weights of vit_h_14", 1, .bicubic)
            case (224, _, _): ("IMAGENET1K_V1 weights", 224.0 / 256, .bilinear)
            default: ("IMAGENET1K_SWAG_E2E_V1 weights", 1, .bicubic)
            }
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
