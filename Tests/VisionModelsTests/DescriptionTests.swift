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

    private static var shapes: [String: [Int]] {
        Dictionary(uniqueKeysWithValues: transformer.graph().layout.parameters.map { ($0.name, $0.shape) })
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
        var tensors = Self.shapes.merging(shapes) { $1 }
        tensors[missing] = nil
        return try VisionModel(
            ModelDescription(path: "config.json", text: text),
            shapes: tensors,
            file: "m.safetensors"
        )
    }

    @Test func acceptsWhatAgrees() throws {
        #expect(try model().graph.layout.count == Self.transformer.graph().layout.count)
        #expect(throws: (any Error).self) { try ModelDescription(path: "config.json", text: "[[[") }
        #expect(throws: (any Error).self) {
            try ModelDescription(path: "config.json", text: String(repeating: "[", count: 100_000))
        }
    }

    @Test func headsComeFromTheArchitecturesName() throws {
        let shapes = VisionTransformer(
            channels: 3,
            height: 32,
            width: 32,
            patch: 16,
            embedding: 384,
            depth: 1,
            heads: 6,
            hidden: 8,
            classes: 4
        ).graph().layout.parameters
        let configuration: [String: Any] = [
            "architecture": "vit_small_patch16_224", "pretrained_cfg": ["input_size": [3, 32, 32]],
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: configuration), as: UTF8.self)
        let transformer = try VisionTransformer(
            ModelDescription(path: "config.json", text: text),
            shapes: Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0.shape) }),
            file: "m"
        )
        #expect(transformer.heads == 6)
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
            ("tensor blocks.0.ls1.gamma", { try model(shapes: ["blocks.0.ls1.gamma": [6]]) }),
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
}
