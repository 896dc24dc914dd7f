import Datasets
import Diagnostics

/// What the `config.json` of a Hugging Face model says that all their vision transformers have in common.
struct HuggingFaceConfiguration {
    /// The whole description.
    let root: DescriptionFields
    /// The part on the image tower: all of it, or `vision_config`.
    let vision: DescriptionFields
    /// The class of the model, as "ViTForImageClassification".
    let architecture: String

    /// * `known`: the classes that the tensors could be of
    init(_ description: ModelDescription, known: [String], part: String? = nil, family: String)
        throws(ModelError)
    {
        let root = try description.requireConfiguration(family)
        self.root = root
        if let part { vision = try root.object(part) } else { vision = root }
        guard let architecture = try root.strings("architectures")?.first else {
            throw root.missing("architectures", known.map { "[\"\($0)\"]" }.joined(separator: " or "))
        }
        guard known.contains(architecture) else {
            throw root.wrong("architectures", known.map { "\"\($0)\"" }.joined(separator: " or "))
        }
        self.architecture = architecture
    }

    var activation: VisionTransformer.Activation {
        get throws(ModelError) {
            switch try vision.string("hidden_act") {
            case nil: vision.prefix.isEmpty ? .gelu : .quickGELU
            case "gelu": .gelu
            case "quick_gelu": .quickGELU
            default: throw vision.wrong("hidden_act", "\"gelu\" or \"quick_gelu\"")
            }
        }
    }

    func heads(embedding: Int, otherwise usual: Int?) throws(ModelError) -> Int {
        try vision.heads("num_attention_heads", of: embedding, otherwise: usual)
    }

    /// Height and width of the images that the positions are made for.
    var imageSize: [Int]? {
        get throws(ModelError) { try vision.sizes("image_size") }
    }

    /// Throws where the description contradicts the tensors.
    func check(_ model: VisionTransformer) throws(ModelError) {
        try vision.agree("hidden_size", vision.integer("hidden_size"), model.embedding)
        try vision.agree("num_hidden_layers", vision.integer("num_hidden_layers"), model.depth)
        try vision.agree("patch_size", vision.sizes("patch_size"), [model.patch, model.patch])
        try vision.agree("num_channels", vision.integer("num_channels"), model.channels)
        try root.agree("id2label", root.names("id2label")?.count, model.classes)
        if let problem = try root.string("problem_type"), problem != "single_label_classification" {
            throw root.wrong("problem_type", "\"single_label_classification\" or null: one class per image")
        }
    }

    var classNames: ClassNames? {
        get throws(ModelError) { try root.classNames("id2label") }
    }

    /// Hugging Face's classes but for DINOv2's take images of one size.
    var positionsOnRequest: PositionInterpolation {
        .onRequest(
            "\(architecture) refuses such images unless it is called with interpolate_pos_encoding=True"
        )
    }
}
