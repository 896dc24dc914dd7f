import Diagnostics

/// A library's way to name, describe and feed its vision transformers.
protocol ModelFamily: Sendable {
    /// For people: "timm vision_transformer".
    static var title: String { get }

    /// The name that the patch embedding's weight ends in, and that of no other family.
    static var patchEmbedding: String { get }

    /// * `prefix`: what stands before `patchEmbedding`
    static func read(_ tensors: ModelTensors, prefix: String, _ description: ModelDescription)
        throws(ModelError) -> FamilyModel
}

/// How a description calls what no tensor tells, to be named in messages.
struct DescriptionLabels: Sendable {
    var heads: String
    var epsilon: String
    var pooling: String
    var activation: String
    var images: ImageLabels

    /// * `pretrained`: where the description says how images are fed
    static func timm(_ pretrained: DescriptionFields) -> DescriptionLabels {
        DescriptionLabels(
            heads: "model_args.num_heads",
            epsilon: "model_args.norm_eps",
            pooling: "model_args.global_pool",
            activation: "model_args.act_layer",
            images: .timm(pretrained, size: "model_args.img_size")
        )
    }

    static let huggingFace = DescriptionLabels(
        heads: "num_attention_heads",
        epsilon: "layer_norm_eps",
        pooling: "architectures",
        activation: "hidden_act",
        images: .huggingFace
    )
}

/// All that are known.
enum ModelFamilies {
    static let all: [any ModelFamily.Type] = [
        TimmFamily.self, HuggingFaceViT.self, HuggingFaceCLIP.self, TorchvisionFamily.self,
        OpenAICLIPFamily.self,
    ]

    static func read(_ tensors: ModelTensors, _ description: ModelDescription) throws(ModelError)
        -> FamilyModel
    {
        for family in all {
            guard let prefix = try tensors.prefix(before: family.patchEmbedding) else { continue }
            return try family.read(tensors, prefix: prefix, description)
        }
        let some = tensors.shapes.keys.sorted().prefix(3).joined(separator: ", ")
        throw ModelError(
            file: tensors.file,
            subject: "tensors",
            expected: "those of a vision transformer (" + all.map { $0.title }.joined(separator: ", ")
                + "), of another model of timm or torchvision that is known by name, or --graph, which takes any classifier",
            found: some.isEmpty ? "none" : "\(some.onOneLine.abridged), …"
        )
    }
}
