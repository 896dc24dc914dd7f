import Datasets
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

/// What a family makes of a checkpoint and its description.
struct FamilyModel: Sendable {
    var title: String
    /// What the description calls the model, if it does.
    var architecture: String
    var transformer: VisionTransformer
    var names: TensorNames
    var transform: ImageTransform
    /// Whose transform it is where the description says nothing of it.
    var transformOrigin: String?
    /// What the library does where the images have another size than the positions.
    var positions: PositionInterpolation
    /// Tensors that may be there beside the model.
    var carried: [CarriedRule] = []
    /// What the description calls heads, epsilon and so on.
    var labels: DescriptionLabels
    /// Where the description has names.
    var classNames: ClassNames?
    /// In which order the library numbers folders of classes.
    var folderOrder = FolderOrder.bytes
}

/// When a library makes positions for images of another size than those that they were trained for.
enum PositionInterpolation: Sendable, Equatable {
    /// At every pass, and so while the model was fine-tuned.
    case always
    /// When it loads the weights into a model of another size.
    case whileLoading
    /// Not by itself; the text says what it does, and what is to be asked for.
    case onRequest(String)
}

/// How a description calls what no tensor tells, to be named in messages.
struct DescriptionLabels: Sendable {
    var heads: String
    var epsilon: String
    var pooling: String
    var activation: String
    var imageSize: String
    var resize: String
    var classes: String
    var mean: String
    var std: String

    /// * `pretrained`: where the description says how images are fed
    static func timm(_ pretrained: DescriptionFields) -> DescriptionLabels {
        DescriptionLabels(
            heads: "model_args.num_heads",
            epsilon: "model_args.norm_eps",
            pooling: "model_args.global_pool",
            activation: "model_args.act_layer",
            imageSize: "model_args.img_size or \(pretrained.prefix)input_size",
            resize: "\(pretrained.prefix)crop_pct, crop_mode or interpolation",
            classes: "label_names",
            mean: "\(pretrained.prefix)mean",
            std: "\(pretrained.prefix)std"
        )
    }

    static let huggingFace = DescriptionLabels(
        heads: "num_attention_heads",
        epsilon: "layer_norm_eps",
        pooling: "architectures",
        activation: "hidden_act",
        imageSize: "size or crop_size (preprocessor_config.json)",
        resize: "do_resize, size or resample",
        classes: "id2label",
        mean: "image_mean",
        std: "image_std"
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
            expected: "those of a vision transformer: " + all.map { $0.title }.joined(separator: ", "),
            found: some.isEmpty ? "none" : "\(some.onOneLine.abridged), …"
        )
    }
}
