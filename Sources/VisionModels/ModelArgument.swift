/// A value of `model_args` that the program does not compute with.
enum ModelArgument: Sendable, Equatable, CustomStringConvertible {
    case boolean(Bool)
    case number(Double)
    case text(String)
    /// A list or object, as text.
    case other(String)

    var description: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value):
            "\"\(String(value.prefix(60)).split(whereSeparator: \.isNewline).joined(separator: " "))\""
        case .other(let value): value
        }
    }
}

/// What a further argument of timm's `vision_transformer` may be without changing what the model computes.
///
/// An absent argument and null are timm's default (v1.0), which is the model that the program knows. Sizes that the
/// tensors tell as well are not here: they are checked against the tensors.
struct ArgumentRule: Sendable {
    let expected: String
    let permits: @Sendable (ModelArgument) -> Bool

    /// Matters while training only.
    private static let anything = ArgumentRule(expected: "anything") { _ in true }

    private static let number = ArgumentRule(expected: "a number") {
        if case .number = $0 { true } else { false }
    }

    private static let absent = ArgumentRule(expected: "null") { _ in false }

    private static func only(_ values: ModelArgument...) -> ArgumentRule {
        ArgumentRule(expected: values.map(\.description).joined(separator: " or ")) { values.contains($0) }
    }

    static func rules(hasFinalNormAfterPooling: Bool) -> [String: ArgumentRule] {
        [
            "act_layer": only(.text("gelu")),
            "attn_drop_rate": number,
            "attn_layer": only(.text("attn"), .text("")),
            "block_fn": absent,
            "drop_path_rate": number,
            "drop_rate": number,
            "dynamic_img_pad": only(.boolean(false)),
            "dynamic_img_size": only(.boolean(false)),
            "embed_layer": absent,
            "embed_norm_layer": absent,
            "fc_norm": only(.boolean(hasFinalNormAfterPooling)),
            "final_norm": only(.boolean(true)),
            "fix_init": anything,
            "init_values": absent,
            "mlp_layer": absent,
            "no_embed_class": only(.boolean(false)),
            "norm_layer": absent,
            "patch_drop_rate": number,
            "pool_include_prefix": only(.boolean(false)),
            "pos_drop_rate": number,
            "pos_embed": only(.text("learn")),
            "pre_norm": only(.boolean(false)),
            "proj_bias": only(.boolean(true)),
            "proj_drop_rate": number,
            "qk_norm": only(.boolean(false)),
            "reg_tokens": only(.number(0)),
            "scale_attn_norm": only(.boolean(false)),
            "scale_mlp_norm": only(.boolean(false)),
            "weight_init": anything,
        ]
    }
}
