extension VisionTransformer {
    /// Parts of timm's architecture names that stand for another forward pass: another activation (CLIP, SigLIP),
    /// epsilon (CLIP), place of the norms (rpn) or kind of positions.
    private static let otherForwardPasses: Set<Substring> = [
        "clip", "quickgelu", "relpos", "rope", "rpn", "siglip", "srelpos", "xp",
    ]

    static func checkArchitecture(_ description: ModelDescription) throws(ModelError) {
        let name = description.architecture
        // What follows a dot names the weights.
        let parts = name.prefix { $0 != "." }.split(separator: "_")
        guard name.hasPrefix("vit_") || name == "vision_transformer",
            !parts.contains(where: { otherForwardPasses.contains($0) || $0.contains("quickgelu") })
        else {
            throw ModelError(
                file: description.path,
                subject: "architecture",
                expected: "a timm vision_transformer (\"vit_…\") with exact GELU and norms before each part",
                found: "\"\(name)\""
            )
        }
    }

    /// timm's own where the description has none.
    static func epsilon(_ description: ModelDescription) throws(ModelError) -> Double {
        guard let epsilon = description.epsilon else { return 1e-6 }
        // The kernels take it as float32.
        guard epsilon > 0, Float(epsilon).isNormal else {
            throw ModelError(
                file: description.path,
                subject: "model_args.norm_eps",
                expected: "a positive number",
                found: "\(epsilon)"
            )
        }
        return epsilon
    }

    /// What the description says beside the tensors must not contradict them, nor ask for another model.
    func check(against description: ModelDescription) throws(ModelError) {
        func agree<Value: Equatable>(_ name: String, _ stated: Value?, _ found: Value) throws(ModelError) {
            guard let stated, stated != found else { return }
            throw ModelError(
                file: description.path,
                subject: name,
                expected: "\(found) as the tensors have",
                found: "\(stated)"
            )
        }
        try agree("num_classes", description.classes, classes)
        try agree("model_args.patch_size", description.arguments["patch_size"], patch)
        try agree("model_args.in_chans", description.arguments["in_chans"], channels)
        try agree("model_args.embed_dim", description.arguments["embed_dim"], embedding)
        try agree("model_args.depth", description.arguments["depth"], depth)
        try agree("model_args.class_token", description.classToken, hasClassToken)
        try agree("model_args.qkv_bias", description.attentionBias, hasAttentionBias)
        if let ratio = description.hiddenRatio {
            // As timm cuts it to a whole number.
            guard Int(exactly: (Double(embedding) * ratio).rounded(.towardZero)) == hidden else {
                throw ModelError(
                    file: description.path,
                    subject: "model_args.mlp_ratio",
                    expected: "\(hidden) / \(embedding) as the tensors have",
                    found: "\(ratio)"
                )
            }
        }
        try checkPooling(description)
        let rules = ArgumentRule.rules(hasFinalNormAfterPooling: poolsMean)
        for (name, value) in description.otherArguments.sorted(by: { $0.key < $1.key }) {
            if let rule = rules[name], rule.permits(value) { continue }
            throw ModelError(
                file: description.path,
                subject:
                    "model_args.\(name.prefix(60).split(whereSeparator: \.isNewline).joined(separator: " "))",
                expected: rules[name]?.expected ?? "no argument that this program does not know",
                found: "\(value)"
            )
        }
    }

    private func checkPooling(_ description: ModelDescription) throws(ModelError) {
        let pooling = poolsMean ? "avg" : "token"
        if let stated = description.pooling, stated != pooling {
            throw ModelError(
                file: description.path,
                subject: "model_args.global_pool",
                expected: "\"\(pooling)\" as the tensors have it",
                found: "\"\(stated)\""
            )
        }
        if !poolsMean && !hasClassToken {
            throw ModelError(
                file: description.path,
                subject: "model_args.global_pool",
                expected: "\"avg\" with tensors fc_norm.*, for a model without class token",
                found: "neither"
            )
        }
    }
}
