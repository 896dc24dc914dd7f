import Datasets
import Foundation
import Testing

@testable import VisionModels

/// timm's ways to write a description, as its `_parse_model_cfg` reads them.
@Suite struct TimmDescriptionTests {
    private func model(_ json: String) throws -> VisionModel {
        let layout = try VisionTransformer(
            channels: 3,
            height: 8,
            width: 8,
            patch: 4,
            embedding: 192,
            depth: 1,
            heads: 3,
            hidden: 12,
            classes: 3
        ).graph().layout
        return try VisionModel(
            ModelDescription(folder: "", texts: ["config.json": json]),
            shapes: Dictionary(uniqueKeysWithValues: layout.parameters.map { ($0.name, $0.shape) }),
            file: "m.safetensors"
        )
    }

    private static let pretrained = """
        "input_size": [3, 8, 8], "crop_pct": 0.5, "interpolation": "bilinear", "mean": [0.1, 0.2, 0.3], \
        "std": [0.4, 0.5, 0.6]
        """
    private static let name = "\"architecture\": \"vit_tiny_patch16_224\""
    private static let names = #"["cow", "ant", "bee"]"#
    private static let classes = ["cow": 0, "ant": 1, "bee": 2]

    /// What `save_for_hf` wrote in 0.6.
    @Test func aFlatOneIsRead() throws {
        let flat = try model(
            """
            {\(Self.pretrained), \(Self.name), "url": "", "num_classes": 3, "pool_size": null, "first_conv": \
            "patch_embed.proj", "classifier": "head", "num_features": 192, "labels": \(Self.names)}
            """
        )
        #expect(flat.classes.names?.numbers == Self.classes)
        #expect(flat.option("heads") == "3")
        let (mean, std): ([Float], [Float]) = ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6])
        #expect(flat.mean == mean && flat.std == std)
        #expect(flat.transform.resize == .shortestEdge(16))
        #expect(flat.transform.interpolation == .bilinear)
        #expect(flat.doubts.isEmpty)
        let nested = try model("{\(Self.name), \"pretrained_cfg\": {\(Self.pretrained)}}")
        #expect(nested.transform == flat.transform)
        let inside = try model("{\"pretrained_cfg\": {\(Self.name), \(Self.pretrained)}}")
        #expect(inside.transform == flat.transform)
    }

    @Test func aFlatOnesFieldsAreNamedAsTheyStand() throws {
        let wrong = try #require(throws: ModelError.self) {
            try model("{\(Self.name), \"mean\": [0, 0, 0], \"std\": [0, 1, 1], \"input_size\": [3, 8, 8]}")
        }
        #expect(wrong.subject == "std")
        let larger = try model("{\(Self.name), \(Self.pretrained)}".replacing("8, 8", with: "16, 16"))
        #expect(larger.doubts.count == 1)
        #expect(larger.doubts[0].text.hasSuffix("say so in model_args.img_size or input_size"))
        // Nothing of the images at all.
        let bare = try #require(throws: ModelError.self) { try model("{\(Self.name)}") }
        #expect(bare.subject == "pretrained_cfg.mean")
    }

    @Test(arguments: ["label_names", "labels"]) func namesAreReadWhereverTheyStand(key: String) throws {
        let inner = "\"\(key)\": \(Self.names)"
        let outside = try model("{\(Self.name), \(inner), \"pretrained_cfg\": {\(Self.pretrained)}}")
        #expect(outside.classes.names?.numbers == Self.classes)
        let inside = try model("{\(Self.name), \"pretrained_cfg\": {\(Self.pretrained), \(inner)}}")
        #expect(inside.classes.names?.numbers == Self.classes)
        // Numbers with gaps, as timm allows.
        let some = "\"\(key)\": {\"2\": \"bee\", \"0\": \"cow\"}"
        let gaps = try model("{\(Self.name), \(some), \"pretrained_cfg\": {\(Self.pretrained)}}")
        #expect(gaps.classes.names?.numbers == ["bee": 2, "cow": 0])
    }

    @Test func namesOfOtherClassesAreNotTaken() throws {
        // What 0.6 wrote where nobody gave names.
        let none = #""labels": ["LABEL_0", "LABEL_1", "LABEL_2"]"#
        #expect(try model("{\(Self.name), \(none), \(Self.pretrained)}").classes.names?.areNumbers == true)
        // The pretrained model's, whose head had other classes.
        let old = #""num_classes": 4, "label_names": ["a", "b", "c", "d"]"#
        let inside = try model("{\(Self.name), \"pretrained_cfg\": {\(Self.pretrained), \(old)}}")
        #expect(inside.classes.names?.numbers == nil)
        let error = try #require(throws: ModelError.self) {
            let names = #""label_names": ["a", "b", "c", "d"]"#
            return try model("{\(Self.name), \(names), \"pretrained_cfg\": {\(Self.pretrained)}}")
        }
        #expect(error.subject == "label_names" && error.expected.contains("0 to 2"))
    }

    @Test func poolingMayStandInside() throws {
        let error = try #require(throws: ModelError.self) {
            try model("{\(Self.name), \"pretrained_cfg\": {\(Self.pretrained), \"global_pool\": \"map\"}}")
        }
        #expect(error.subject == "model_args.global_pool")
    }
}
