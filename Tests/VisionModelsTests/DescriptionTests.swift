import Foundation
import Testing

@testable import VisionModels

/// Wrong descriptions and tensors: each one line that names the file and what is wrong.
@Suite struct DescriptionTests {
    private static let transformer = VisionTransformer(
        channels: 3,
        height: 8,
        width: 8,
        patch: 4,
        embedding: 6,
        depth: 1,
        heads: 2,
        hidden: 12,
        classes: 4
    )

    private static func shapes() throws -> [String: [Int]] {
        Dictionary(
            uniqueKeysWithValues: try transformer.graph().layout.parameters.map { ($0.name, $0.shape) }
        )
    }

    private static let configuration: [String: any Sendable] = [
        "architecture": "vision_transformer", "num_classes": 4, "model_args": ["num_heads": 2],
        "pretrained_cfg": ["mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "input_size": [3, 8, 8]],
    ]

    private func model(
        changing configuration: [String: Any] = [:],
        shapes: [String: [Int]] = [:],
        without missing: String = ""
    ) throws -> VisionModel {
        var all: [String: Any] = Self.configuration
        for (key, value) in configuration { all[key] = value }
        let text = String(decoding: try JSONSerialization.data(withJSONObject: all), as: UTF8.self)
        var tensors = try Self.shapes().merging(shapes) { $1 }
        tensors[missing] = nil
        return try VisionModel(
            ModelDescription(folder: "", texts: ["config.json": text]),
            shapes: tensors,
            file: "m.safetensors"
        )
    }

    @Test func acceptsWhatAgrees() throws {
        #expect(try model().graph.layout.count == Self.transformer.graph().layout.count)
        #expect(throws: (any Error).self) { try ModelDescription(folder: "", texts: ["config.json": "[[["]) }
        #expect(throws: (any Error).self) {
            try ModelDescription(
                folder: "",
                texts: ["config.json": String(repeating: "[", count: 100_000)]
            )
        }
    }

    /// What a timm name and a width make where `model_args` says nothing.
    private func named(_ architecture: String, width: Int) throws -> VisionModel {
        let shapes = try VisionTransformer(
            channels: 3,
            height: 32,
            width: 32,
            patch: 16,
            embedding: width,
            depth: 1,
            heads: 1,
            hidden: 8,
            classes: 4
        ).graph().layout.parameters
        let configuration: [String: Any] = [
            "architecture": architecture,
            "pretrained_cfg": ["input_size": [3, 32, 32], "mean": [0, 0, 0], "std": [1, 1, 1]],
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: configuration), as: UTF8.self)
        return try VisionModel(
            ModelDescription(folder: "", texts: ["config.json": text]),
            shapes: Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0.shape) }),
            file: "m"
        )
    }

    @Test(arguments: [
        ("vit_tiny_patch16_224", 192, 3), ("vit_small_patch16_224", 384, 6),
        ("vit_base_patch16_224", 768, 12),
        ("vit_base_patch16_plus_240", 896, 14), ("vit_base_patch16_gap_224", 768, 16),
        ("vit_giant_patch14_224", 1408, 16), ("vit_giant_patch14_dinov2", 1536, 24),
    ]) func headsComeFromTheArchitecturesName(name: String, width: Int, heads: Int) throws {
        #expect(try named(name, width: width).option("heads") == "\(heads)")
    }

    /// A name whose own model is wider or narrower tells nothing of the heads.
    @Test(arguments: [
        ("vit_small_patch16_224", 48), ("vit_tiny_patch16_224", 48), ("vit_base_patch16_224", 384),
        ("vit_base_patch16_gap_224", 384), ("vit_giant_patch14_224", 1280),
    ]) func headsOfOtherWidthsAreAskedFor(name: String, width: Int) throws {
        let error = try #require(throws: ModelError.self) { try named(name, width: width) }
        #expect(error.subject == "model_args.num_heads")
        #expect(error.found == "nothing")
    }

    @Test func namesWhatIsWrong() throws {
        let cases: [(expected: String, make: () throws -> VisionModel)] = [
            ("architecture", { try model(changing: ["architecture": "resnet50"]) }),
            ("architecture", { try model(changing: ["architecture": 3]) }),
            ("model_args.num_heads", { try model(changing: ["model_args": [String: Int]()]) }),
            ("model_args.num_heads", { try model(changing: ["model_args": ["num_heads": 4]]) }),
            ("model_args.num_heads", { try model(changing: ["model_args": ["num_heads": true]]) }),
            ("model_args.num_heads", { try model(changing: ["model_args": ["num_heads": 0]]) }),
            ("num_classes", { try model(changing: ["num_classes": 5]) }),
            ("model_args.depth", { try model(changing: ["model_args": ["num_heads": 2, "depth": 7]]) }),
            ("pretrained_cfg.mean", { try model(changing: ["pretrained_cfg": ["std": [1, 1, 1]]]) }),
            (
                "pretrained_cfg.std",
                {
                    try model(changing: ["pretrained_cfg": ["mean": [0, 0, 0], "std": [1, 1, 0]]])
                }
            ),
            ("pretrained_cfg.mean", { try model(changing: ["pretrained_cfg": ["mean": [0], "std": [1]]]) }),
            ("tensor pos_embed", { try model(shapes: ["pos_embed": [1, 6, 6]]) }),
            ("tensor pos_embed", { try model(without: "pos_embed") }),
            ("tensor head.weight", { try model(shapes: ["head.weight": [24]]) }),
            (
                "tensor blocks.0.attn.proj.weight",
                { try model(shapes: ["blocks.0.attn.proj.weight": [6, 5]]) }
            ),
            ("tensor blocks.0.ls2.gamma", { try model(shapes: ["blocks.0.ls1.gamma": [6]]) }),
            ("tensor norm.bias", { try model(without: "norm.bias") }),
            ("tensor blocks.0.norm1.weight", { try model(without: "blocks.0.norm1.weight") }),
            (
                "tensor patch_embed.proj.weight",
                { try model(shapes: ["patch_embed.proj.weight": [6, 3, 4, 2]]) }
            ),
            (
                "tensor patch_embed.proj.weight",
                { try model(shapes: ["patch_embed.proj.weight": [0, 3, 0, 0]]) }
            ),
            (
                "model_args.global_pool",
                {
                    try model(changing: ["model_args": ["num_heads": 2, "global_pool": "avg"]])
                }
            ),
        ]
        for (expected, make) in cases {
            let error = try #require(throws: ModelError.self) { try make() }
            #expect(error.subject == expected, "\(error)")
            #expect(!"\(error)".contains("\n"))
        }
    }

    /// One argument more, beside the number of heads.
    private func model(_ name: String, _ value: Any) throws -> VisionModel {
        try model(changing: ["model_args": ["num_heads": 2, name: value]])
    }

    @Test func argumentsThatMakeAnotherModelAreNamed() throws {
        let changes: [(String, Any)] = [
            ("act_layer", "relu"), ("act_layer", "gelu_tanh"), ("qk_norm", true), ("qk_norm", 1),
            ("class_token", false), ("qkv_bias", false), ("mlp_ratio", 9), ("mlp_ratio", 1e300),
            ("mlp_ratio", 2.2), ("mlp_ratio", -2), ("pos_embed", "none"), ("norm_layer", "rmsnorm"),
            ("block_fn", "ResPostBlock"), ("init_values", 1e-5), ("reg_tokens", 4), ("pre_norm", true),
            ("final_norm", false), ("fc_norm", true), ("no_embed_class", true), ("dynamic_img_pad", true),
            ("attn_layer", "diff"), ("scale_attn_norm", true), ("proj_bias", false), ("drop_rate", "much"),
            ("rotary", true), ("rotary", [1, 2]), ("norm_eps", 0), ("norm_eps", -1e-6), ("norm_eps", 1e-60),
            ("norm_eps", 1e60),
        ]
        for (name, value) in changes {
            let error = try #require(throws: ModelError.self, "\(name)") { try model(name, value) }
            #expect(error.subject == "model_args.\(name)")
            #expect(error.file == "config.json")
            #expect(!"\(error)".contains("\n"))
        }
    }

    @Test func argumentsThatMakeTheSameModelPass() throws {
        let changes: [(String, Any)] = [
            ("act_layer", "gelu"), ("act_layer", NSNull()), ("qk_norm", false), ("class_token", true),
            // 2.1 × 6 is 12 when cut.
            ("qkv_bias", true), ("mlp_ratio", 2), ("mlp_ratio", 2.1), ("pos_embed", "learn"),
            ("norm_layer", NSNull()), ("init_values", NSNull()), ("reg_tokens", 0), ("fc_norm", false),
            ("drop_path_rate", 0.1), ("weight_init", "jax"), ("fix_init", true), ("norm_eps", 1e-5),
            ("unheard_of", NSNull()),
        ]
        for (name, value) in changes {
            #expect(try model(name, value).option("perceptron") == "12", "\(name) \(value)")
        }
    }

    @Test(arguments: [
        "vit_base_patch16_rpn_224", "vit_base_patch16_siglip_gap_224", "vit_medium_patch16_rope_reg1_gap_256",
        "vit_relpos_base_patch16_224", "vit_base_patch16_xp_224", "vit_diff_base_patch16_224", "swin_tiny",
    ]) func namesOfOtherForwardPassesAreRefused(name: String) throws {
        let error = try #require(throws: ModelError.self) { try model(changing: ["architecture": name]) }
        #expect(error.subject == "architecture" && error.found.contains(name))
    }

    @Test func theWeightsNameIsNoPartOfTheArchitecture() throws {
        #expect(try model(changing: ["architecture": "vit_base_patch16_224.my_clip"]).channels == 3)
    }

    @Test func normalisationThatOverflowsIsRefused() throws {
        let wrong: [([Double], [Double])] = [
            ([0, 0, 0], [1, 1e-40, 1]), ([0, 0, 0], [1, -1, 1]), ([3e38, 0, 0], [1e-3, 1, 1]),
        ]
        for (mean, std) in wrong {
            let error = try #require(throws: ModelError.self) {
                try model(changing: ["pretrained_cfg": ["mean": mean, "std": std]])
            }
            #expect(error.subject == "pretrained_cfg.std")
        }
        #expect(throws: ModelError.self) {
            try model(changing: ["pretrained_cfg": ["mean": [true, false, true], "std": [1, 1, 1]]])
        }
    }
}
