import Datasets
import Foundation
import Testing

@testable import VisionModels

/// What a family is told by, and what it is taken not to be.
@Suite struct FamilyTests {
    /// A fixture's model, its tensors and texts changed.
    private func model(
        _ name: String,
        shapes changes: [String: [Int]] = [:],
        without missing: String? = nil,
        replacing old: String = "",
        by new: String = "",
        renamed: (String) -> String = { $0 },
        texts keep: Set<String> = ["config.json", "preprocessor_config.json"]
    ) throws -> VisionModel {
        let fixture = try Fixture(name)
        var shapes = Fixture.shapes(fixture.file).merging(changes) { $1 }
        if let missing { shapes[missing] = nil }
        var texts = fixture.model.description.texts.filter { keep.contains($0.key) }
        if !old.isEmpty {
            #expect(texts.values.contains { $0.contains(old) })
            texts = texts.mapValues { $0.replacing(old, with: new) }
        }
        return try VisionModel(
            ModelDescription(folder: "", texts: texts),
            shapes: Dictionary(uniqueKeysWithValues: shapes.map { (renamed($0.key), $0.value) }),
            file: "m.safetensors"
        )
    }

    @Test(arguments: [
        ("timm_clip", "timm vision_transformer"),
        ("hf_vit", "Hugging Face ViTForImageClassification"),
        ("hf_deit_with_teacher", "Hugging Face DeiTForImageClassificationWithTeacher"),
        ("hf_dinov2_registers", "Hugging Face Dinov2WithRegistersForImageClassification"),
        ("hf_clip", "Hugging Face CLIPForImageClassification"),
        ("torchvision", "torchvision VisionTransformer"),
        ("openai_clip", "OpenAI CLIP image tower with a linear head"),
    ]) func isNamed(fixture: String, family: String) throws {
        #expect(try model(fixture).family == family)
        // A wrapper's prefix changes nothing.
        let wrapped = try model(fixture, renamed: { "net.\($0)" })
        #expect(wrapped.family == family)
        #expect(wrapped.graph.layout.parameters.allSatisfy { $0.name.hasPrefix("net.") })
    }

    @Test func theTextTowerIsCarried() throws {
        let carried = try model("openai_clip").carried
        #expect(carried.map(\.name).contains("model.text_projection"))
        #expect(carried.map(\.name).contains("model.transformer.resblocks.0.attn.in_proj_weight"))
        #expect(carried.allSatisfy { $0.reason.contains("text") })
        #expect(
            try model("openai_clip", shapes: ["model.logit_scale": []]).carried.contains {
                $0.name == "model.logit_scale"
            }
        )
    }

    @Test func classNamesAreTheDescriptions() throws {
        let names = ["ant": 0, "bee": 1, "cat": 2, "dog": 3, "eel": 4]
        #expect(try model("hf_vit").classes.names?.numbers == names)
        #expect(try model("timm_mean_norm").classes.names?.numbers == names)
        #expect(try model("torchvision").classes.names == nil)
        for name in ["torchvision", "openai_clip"] {
            let named = try model(
                name,
                replacing: "\"model_args\"",
                by: "\"label_names\": [\"b\", \"a\"], \"model_args\""
            )
            #expect(named.classes.names?.numbers == ["b": 0, "a": 1])
        }
    }

    @Test func foldersAreInTheOrderOfTheLibrary() throws {
        #expect(try model("timm_mean_norm").classes.order == .natural)
        for name in ["hf_vit", "torchvision", "openai_clip"] {
            #expect(try model(name).classes.order == .bytes)
        }
    }

    /// As ImageNet has two cranes: the other names stand.
    @Test func namesOfSeveralClassesAreNone() throws {
        let names = try model("hf_vit", replacing: "\"4\": \"eel\"", by: "\"4\": \"bee\"").classes.names?
            .numbers
        #expect(names == ["ant": 0, "cat": 2, "dog": 3])
    }

    /// The widths of OpenAI's and open_clip's image towers, and their heads.
    @Test(arguments: [(768, 12), (1024, 16), (896, 14), (1280, 16), (1408, 16), (1664, 16)])
    func clipsOwnModelsNeedNoDescription(width: Int, heads: Int) throws {
        let shapes = Fixture.shapes(try Fixture("openai_clip").file)
            .mapValues { $0.map { $0 == 12 ? width : $0 == 24 ? 4 * width : $0 == 36 ? 3 * width : $0 } }
        let model = try VisionModel(ModelDescription(folder: "", texts: [:]), shapes: shapes, file: "clip.pt")
        #expect(model.option("heads") == "\(heads)")
        let error = try #require(throws: ModelError.self) { try self.model("openai_clip", texts: []) }
        #expect(error.subject == "model_args.num_heads")
    }

    @Test func ingredientsOfOtherClassesOrTransformsDoNotAgree() throws {
        let first = try model("hf_vit")
        try first.checkAgreement(with: first)
        let cases: [(String, VisionModel)] = [
            (
                "id2label",
                try model(
                    "hf_vit",
                    replacing: "\"0\": \"ant\",\n    \"1\": \"bee\"",
                    by: "\"0\": \"bee\",\n    \"1\": \"ant\""
                )
            ),
            (
                "do_resize, size or resample",
                try model("hf_vit", replacing: "\"resample\": 2", by: "\"resample\": 3")
            ),
        ]
        for (subject, other) in cases {
            let error = try #require(throws: ModelError.self, "\(subject)") {
                try other.checkAgreement(with: first)
            }
            #expect(error.subject == subject, "\(error)")
        }
    }

    @Test func torchvisionsOwnModelsNeedNoDescription() throws {
        let widths = [(768, 12), (1024, 16), (1280, 16)]
        for (width, heads) in widths {
            let shapes = Fixture.shapes(try Fixture("torchvision").file)
                .mapValues { $0.map { $0 == 12 ? width : $0 == 24 ? 4 * width : $0 == 36 ? 3 * width : $0 } }
            let model = try VisionModel(
                ModelDescription(folder: "", texts: [:]),
                shapes: shapes,
                file: "vit.pth"
            )
            #expect(model.option("heads") == "\(heads)")
            #expect(model.transform.resize == .shortestEdge(12))
            #expect(model.transform.interpolation == .bicubic)
        }
        let positions = [1, 56 * 56 + 1, 12]
        let usual = try model("torchvision", shapes: ["encoder.pos_embedding": positions]).transform
        #expect(usual.resize == .shortestEdge(256))
        #expect(usual.interpolation == .bilinear)
        let error = try #require(throws: ModelError.self) { try model("torchvision", texts: []) }
        #expect(error.subject == "model_args.num_heads")
    }

    /// The default weights of `torchvision/models/vision_transformer.py`, and what their transforms resize to.
    @Test(arguments: [
        (768, 16, 224, 256, ImageTransform.Interpolation.bilinear), (768, 32, 224, 256, .bilinear),
        (1024, 16, 224, 242, .bilinear), (1024, 32, 224, 256, .bilinear), (768, 16, 384, 384, .bicubic),
        (1024, 16, 512, 512, .bicubic), (1280, 14, 224, 224, .bicubic), (1280, 14, 518, 518, .bicubic),
    ])
    func torchvisionsImagesAreThoseOfItsWeights(
        width: Int,
        patch: Int,
        side: Int,
        resized: Int,
        interpolation: ImageTransform.Interpolation
    ) throws {
        var shapes = Fixture.shapes(try Fixture("torchvision").file)
            .mapValues { $0.map { $0 == 12 ? width : $0 == 24 ? 4 * width : $0 == 36 ? 3 * width : $0 } }
        shapes["conv_proj.weight"] = [width, 3, patch, patch]
        shapes["encoder.pos_embedding"] = [1, side / patch * (side / patch) + 1, width]
        let model = try VisionModel(ModelDescription(folder: "", texts: [:]), shapes: shapes, file: "m.pth")
        #expect(model.transform.resize == .shortestEdge(resized))
        #expect(model.transform.crop == ImageTransform.Size(height: side, width: side))
        #expect(model.transform.interpolation == interpolation)
        #expect(model.transformOrigin?.contains("IMAGENET1K") == true)
        let said = try VisionModel(
            ModelDescription(
                folder: "",
                texts: ["config.json": #"{"pretrained_cfg": {"crop_pct": 0.5, "interpolation": "lanczos"}}"#]
            ),
            shapes: shapes,
            file: "m.pth"
        )
        #expect(said.transform.resize == .shortestEdge(2 * side))
        #expect(said.transform.interpolation == .lanczos)
        #expect(said.transformOrigin == nil)
    }

    /// Images of another size than the positions: what the libraries do, as their sources have it.
    ///
    /// DINOv2 and timm with `dynamic_img_size` interpolate at every pass, so the fine-tuned model did.
    @Test func positionsOfAnotherSizeAreDoubtful() throws {
        for name in try Fixture.names {
            let refused = ["hf_vit_larger_images", "hf_clip_larger_images"].contains(name)
            let doubts = try model(name).doubts
            #expect(doubts.map(\.weight) == (refused ? [.refusal] : []), "\(name)")
            if refused { #expect(doubts[0].text.contains("interpolate_pos_encoding"), "\(name)") }
        }
        // Images of 24×24 pixels, 6×6 patches of 4.
        let larger = try [
            model("timm_token", replacing: "12,\n      12", by: "24,\n      24"),
            model("openai_clip", replacing: "\"model_args\"", by: Self.twice),
            model("torchvision", replacing: "\"model_args\"", by: Self.twice),
        ]
        #expect(larger.map { $0.doubts.map(\.weight) } == [[.warning], [.warning], [.refusal]])
        for model in larger {
            let text = try #require(model.doubts.first?.text)
            // "interpolated from 3×3 to 6×6"
            let grid = try #require(model.option("positions")).split(separator: " ")[2].split(separator: "×")
            let sides = try grid.map { try #require(Int($0)) }
            let words = [
                "config.json: positions are interpolated from \(sides[0])×\(sides[1]) to 6×6 patches",
                "images of \(4 * sides[0])×\(4 * sides[1]) pixels and is given 24×24",
                "pretrained_cfg.input_size",
            ]
            for word in words { #expect(text.contains(word), "\(text)") }
        }
    }

    private static let twice = "\"pretrained_cfg\": {\"input_size\": [3, 24, 24]}, \"model_args\""

    @Test func tensorsThatNoFamilyKnowsAreRefused() throws {
        let cases: [(String, () throws -> VisionModel)] = [
            ("tensor gate", { try model("hf_vit", shapes: ["gate": [3]]) }),
            ("tensor visual.extra", { try model("timm_clip", shapes: ["visual.extra": [3]]) }),
            (
                "tensor blocks.0.attn.q_norm.weight",
                { try model("timm_clip", shapes: ["blocks.0.attn.q_norm.weight": [4]]) }
            ),
            (
                "tensor classification_head.weight",
                { try model("openai_clip", without: "classification_head.weight") }
            ),
            (
                "tensor vit.embeddings.patch_embeddings.projection.weight",
                {
                    try model(
                        "hf_vit",
                        shapes: ["vit.embeddings.patch_embeddings.projection.weight": [12, 3, 4]]
                    )
                }
            ),
            (
                "tensor model.embeddings.patch_embeddings.projection.weight",
                { try model("hf_vit", renamed: { $0.replacing("vit.", with: "model.") }) }
            ),
            ("tensors", { try model("hf_vit", renamed: { $0.replacing("patch_embeddings", with: "stem") }) }),
            (
                "tensors a.conv_proj.weight and conv_proj.weight",
                { try model("torchvision", shapes: ["a.conv_proj.weight": [12, 3, 4, 4]]) }
            ),
        ]
        for (subject, make) in cases {
            let error = try #require(throws: ModelError.self, "\(subject)") { try make() }
            #expect(error.subject == subject, "\(error)")
            #expect(!"\(error)".contains("\n"))
        }
    }

    @Test func descriptionsThatAskForAnotherModelAreRefused() throws {
        let cases: [(String, () throws -> VisionModel)] = [
            ("architectures", { try model("hf_vit", replacing: "ViTForImage", by: "ViTForMaskedImage") }),
            ("hidden_act", { try model("hf_vit", replacing: "\"gelu\"", by: "\"relu\"") }),
            ("vision_config.hidden_act", { try model("hf_clip", replacing: "quick_gelu", by: "silu") }),
            (
                "use_swiglu_ffn",
                {
                    try model(
                        "hf_dinov2",
                        replacing: "\"use_swiglu_ffn\": false",
                        by: "\"use_swiglu_ffn\": true",
                        renamed: { $0.replacing("mlp.fc1", with: "mlp.weights_in") }
                    )
                }
            ),
            (
                "hidden_size",
                { try model("hf_vit", replacing: "\"hidden_size\": 12", by: "\"hidden_size\": 24") }
            ),
            ("num_hidden_layers", { try model("hf_vit", replacing: "layers\": 2", by: "layers\": 3") }),
            (
                "qkv_bias",
                { try model("hf_vit_in_memory", replacing: "\"qkv_bias\": false", by: "\"qkv_bias\": true") }
            ),
            (
                "problem_type",
                {
                    try model(
                        "hf_vit",
                        replacing: "\"qkv_bias\"",
                        by: "\"problem_type\": \"multi_label_classification\", \"qkv_bias\""
                    )
                }
            ),
            ("num_attention_heads", { try model("hf_vit", replacing: "heads\": 3", by: "heads\": 5") }),
            (
                "id2label",
                { try model("hf_vit", replacing: "\"4\": \"eel\"", by: "\"4\": \"eel\", \"5\": \"fox\"") }
            ),
            ("model description", { try model("hf_vit", texts: []) }),
            ("image processor", { try model("hf_vit", texts: ["config.json"]) }),
            (
                "model_args.activation",
                { try model("open_clip_gelu", replacing: "\"act_layer\"", by: "\"activation\"") }
            ),
            (
                "architecture",
                {
                    try model(
                        "timm_clip",
                        replacing: "vit_base_patch32_clip_quickgelu_224",
                        by: "vit_pe_spatial_base_patch16_512"
                    )
                }
            ),
            ("model_args.act_layer", { try model("open_clip_gelu", replacing: "\"gelu\"", by: "\"silu\"") }),
            (
                "model_args.act_layer",
                {
                    try model(
                        "torchvision",
                        replacing: "\"num_heads\": 3",
                        by: "\"num_heads\": 3, \"act_layer\": \"quick_gelu\""
                    )
                }
            ),
        ]
        for (subject, make) in cases {
            let error = try #require(throws: ModelError.self, "\(subject)") { try make() }
            #expect(error.subject == subject, "\(error)")
            #expect(!"\(error)".contains("\n"))
            if subject == "use_swiglu_ffn" { #expect(error.found == "true") }
        }
    }
}
