/// What a further argument of timm's `vision_transformer` may be without changing what the model computes.
///
/// An absent argument and null are timm's default (v1.0), or what the architecture's name stands for. Sizes that the
/// tensors tell as well are not here: they are checked against the tensors.
struct ArgumentRule: Sendable {
    let expected: String
    let permits: @Sendable (ModelArgument) -> Bool

    /// Matters while training only.
    private static let anything = ArgumentRule(expected: "anything") { _ in true }

    private static let number = ArgumentRule(expected: "a number") {
        if case .number = $0 { true } else { false }
    }

    private static let boolean = only(.boolean(true), .boolean(false))

    private static let absent = ArgumentRule(expected: "null") { _ in false }

    private static func only(_ values: ModelArgument...) -> ArgumentRule {
        ArgumentRule(expected: values.map(\.description).joined(separator: " or ")) { values.contains($0) }
    }

    /// * `model`: what the tensors and the arguments with rules of their own make
    static func rules(_ model: VisionTransformer) -> [String: ArgumentRule] {
        let registers = model.prefix.first { $0.kind == .registers }?.count ?? 0
        let pools = model.pooling == .tokenMean || model.pooling == .patchMean
        return [
            "act_layer": only(.text("gelu"), .text("quick_gelu"), .text("quickgelu")),
            "attn_drop_rate": number,
            "attn_layer": only(.text("attn"), .text("")),
            "block_fn": absent,
            "distilled": only(.boolean(model.hasDistillationHead)),
            "drop_path_rate": number,
            "drop_rate": number,
            "dynamic_img_pad": only(.boolean(false)),
            "dynamic_img_size": boolean,
            "embed_layer": absent,
            "embed_norm_layer": absent,
            "fc_norm": model.lastNorm == .none ? boolean : only(.boolean(model.lastNorm == .afterPooling)),
            "final_norm": only(.boolean(model.lastNorm != .none)),
            "fix_init": anything,
            "init_values": model.hasLayerScale ? number : absent,
            "mlp_layer": absent,
            "no_embed_class": model.prefix.isEmpty
                ? boolean : only(.boolean(!model.prefix.allSatisfy(\.hasPositions))),
            "norm_layer": absent,
            "patch_drop_rate": number,
            "pool_include_prefix": pools ? boolean : only(.boolean(false)),
            "pos_drop_rate": number,
            "pos_embed": only(.text("learn")),
            "pre_norm": only(.boolean(model.normalisesEmbedding)),
            "proj_bias": only(.boolean(model.hasProjectionBias)),
            "proj_drop_rate": number,
            "qk_norm": only(.boolean(false)),
            "reg_tokens": only(.number(Double(registers))),
            "scale_attn_norm": only(.boolean(false)),
            "scale_mlp_norm": only(.boolean(false)),
            "weight_init": anything,
        ]
    }
}
