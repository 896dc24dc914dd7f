import Datasets
import Diagnostics

/// What timm's `config.json` says of a vision transformer.
struct TimmConfiguration {
    let path: String
    let architecture: String
    private let root: DescriptionFields
    private let arguments: DescriptionFields
    let pretrained: DescriptionFields
    /// Of `model_args`: what is not null and none of the properties here.
    private let others: [String: ModelArgument]
    let pooling: String?
    let imageSize: [Int]?
    /// Height and width, of `pretrained_cfg.input_size`.
    let inputSize: [Int]?
    /// Positions are interpolated to the images' size at every pass.
    let isDynamic: Bool
    let poolsPrefix: Bool
    /// `no_embed_class`.
    let excludesPrefix: Bool?
    let finalNorm: Bool?
    let normAfterPooling: Bool?

    init(_ fields: DescriptionFields) throws(ModelError) {
        root = fields
        path = fields.path
        pretrained = try fields.pretrainedConfiguration
        let inner = try pretrained.string("architecture")
        guard let architecture = try fields.string("architecture") ?? inner else {
            throw fields.missing("architecture", "timm's name of the model, as \"vit_small_patch16_224\"")
        }
        self.architecture = architecture
        arguments = try fields.object("model_args")
        let usual = try pretrained.string("global_pool")
        let outer = try fields.string("global_pool") ?? usual
        pooling = try arguments.string("global_pool") ?? outer
        imageSize = try arguments.sizes("img_size")
        inputSize = try pretrained.integers("input_size", count: 3).map { Array($0.dropFirst()) }
        isDynamic = try arguments.boolean("dynamic_img_size") ?? false
        poolsPrefix = try arguments.boolean("pool_include_prefix") ?? false
        excludesPrefix = try arguments.boolean("no_embed_class")
        finalNorm = try arguments.boolean("final_norm")
        normAfterPooling = try arguments.boolean("fc_norm")
        others = arguments.others(than: [
            "num_classes", "global_pool", "class_token", "qkv_bias", "mlp_ratio", "norm_eps", "img_size",
            "patch_size", "in_chans", "embed_dim", "depth", "num_heads",
        ])
        try checkArchitecture()
    }

    /// Of the architecture's name; what follows a dot names the weights.
    private var parts: [Substring] { architecture.prefix { $0 != "." }.split(separator: "_") }

    /// Parts of names that stand for another forward pass than this program's: other places of the norms, kinds of
    /// positions, activations or attention.
    private static let otherForwardPasses: Set<Substring> = [
        "diff", "pe", "relpos", "rope", "rpn", "siglip", "srelpos", "xp",
    ]

    private func checkArchitecture() throws(ModelError) {
        let families: Set<Substring> = ["vit", "deit", "deit3", "flexivit", "eva"]
        let isKnown =
            architecture == "vision_transformer" || architecture == "vision_transformer_distilled"
            || parts.first.map(families.contains) ?? false
        guard isKnown, !parts.contains(where: Self.otherForwardPasses.contains) else {
            throw ModelError(
                file: path,
                subject: "architecture",
                expected: "a timm vision_transformer (\"vit_…\", \"deit_…\") with norms before each part and "
                    + "learned positions",
                found: "\"\(architecture.onOneLine.abridged)\""
            )
        }
    }

    var activation: VisionTransformer.Activation {
        get throws(ModelError) {
            switch try arguments.string("act_layer") {
            case "gelu": .gelu
            case "quick_gelu", "quickgelu": .quickGELU
            // Others are refused by `check`.
            default: parts.contains { $0.contains("quickgelu") } ? .quickGELU : .gelu
            }
        }
    }

    /// timm's own where the description has none: that of CLIP's models is another.
    var epsilon: Double {
        get throws(ModelError) {
            let usual = parts.contains { $0.hasPrefix("clip") } ? 1e-5 : 1e-6
            return try arguments.epsilon("norm_eps") ?? usual
        }
    }

    /// Heads of timm's architectures, by the size in their names and then by their width.
    ///
    /// A model of another width was made with arguments of its own: its heads are not to be told by a name.
    private static let headsBySize: [Substring: [Int: Int]] = [
        "tiny": [192: 3], "xsmall": [256: 4], "wee": [256: 4], "little": [320: 5], "small": [384: 6],
        "medium": [512: 8], "mediumd": [512: 8], "betwixt": [640: 10], "base": [768: 12, 896: 14],
        "so150m": [896: 14], "so150m2": [832: 13], "so400m": [1152: 16], "large": [1024: 16],
        "huge": [1280: 16], "giant": [1408: 16, 1536: 24], "gigantic": [1664: 16], "intern300m": [1024: 16],
    ]

    func heads(embedding: Int) throws(ModelError) -> Int {
        var byName = Self.headsBySize[parts.dropFirst().first ?? ""]?[embedding]
        if embedding == 768, parts == ["vit", "base", "patch16", "gap", "224"] { byName = 16 }
        return try arguments.heads("num_heads", of: embedding, otherwise: byName)
    }

    func classNames(_ model: VisionTransformer) throws(ModelError) -> ClassNames? {
        try root.timmClassNames(pretrained, classes: model.classes)
    }

    /// What the description says beside the tensors must not contradict them, nor ask for another model.
    func check(_ model: VisionTransformer) throws(ModelError) {
        let hasClassToken = model.prefix.contains { $0.kind == .classToken }
        try root.agree("num_classes", root.integer("num_classes"), model.classes)
        try arguments.agree("num_classes", arguments.integer("num_classes"), model.classes)
        try arguments.agree("patch_size", arguments.sizes("patch_size"), [model.patch, model.patch])
        try arguments.agree("in_chans", arguments.integer("in_chans"), model.channels)
        try arguments.agree("embed_dim", arguments.integer("embed_dim"), model.embedding)
        try arguments.agree("depth", arguments.integer("depth"), model.depth)
        try arguments.agree("class_token", arguments.boolean("class_token"), hasClassToken)
        try arguments.agree("qkv_bias", arguments.boolean("qkv_bias"), model.hasAttentionBias)
        if let ratio = try arguments.number("mlp_ratio") {
            // As timm cuts it to a whole number.
            guard Int(exactly: (Double(model.embedding) * ratio).rounded(.towardZero)) == model.hidden else {
                throw ModelError(
                    file: path,
                    subject: "model_args.mlp_ratio",
                    expected: "\(model.hidden) / \(model.embedding) as the tensors have",
                    found: "\(ratio)"
                )
            }
        }
        let rules = ArgumentRule.rules(model)
        for (name, value) in others.sorted(by: { $0.key < $1.key }) {
            if let rule = rules[name], rule.permits(value) { continue }
            throw ModelError(
                file: path,
                subject: "model_args.\(name.onOneLine.abridged)",
                expected: rules[name]?.expected ?? "no argument that this program does not know",
                found: "\(value)"
            )
        }
        if model.hasDistillationHead, model.pooling != .classToken || model.lastNorm == .afterPooling {
            throw ModelError(
                file: path,
                subject: "model_args.global_pool",
                expected: "\"token\", for a model with a head on the distillation token",
                found: pooling.map { "\"\($0)\"" } ?? "a norm after pooling"
            )
        }
    }
}
