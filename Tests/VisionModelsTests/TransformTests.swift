import Datasets
import Foundation
import Testing

@testable import VisionModels

/// What the libraries' descriptions of their image processing stand for.
@Suite struct TransformTests {
    private static let model = VisionTransformer(
        channels: 3,
        height: 224,
        width: 224,
        patch: 16,
        embedding: 6,
        depth: 1,
        heads: 2,
        hidden: 12,
        classes: 4
    )

    private func timm(_ text: String, height: Int = 224) throws -> ImageTransform {
        let values = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let fields = DescriptionFields(path: "config.json", prefix: "pretrained_cfg.", values: values)
        return try fields.timmTransform(height: height, width: 224, mean: [0.5, 0.4, 0.25], std: [1, 1, 1])
    }

    private func huggingFace(_ text: String, usual: HuggingFaceResize = .shortestEdge) throws
        -> ImageTransform
    {
        try ModelDescription(folder: "", texts: ["preprocessor_config.json": text])
            .huggingFaceTransform(channels: Self.model.channels, usual: usual, family: "model")
    }

    @Test func timmResizesByCropPercentage() throws {
        let usual = try timm("{}")
        #expect(usual.resize == .shortestEdge(256))
        #expect(usual.interpolation == .bicubic)
        #expect(usual.crop == ImageTransform.Size(height: 224, width: 224))
        #expect(usual.cropRule == .rounded)
        // 224 / 0.9 is 248.9, which timm cuts.
        #expect(try timm(#"{"crop_pct": 0.9}"#).resize == .shortestEdge(248))
        #expect(try timm(#"{"crop_pct": 1.0, "interpolation": "bilinear"}"#).interpolation == .bilinear)
        #expect(try timm("{}", height: 112).resize == .covering(height: 128, width: 256))
    }

    @Test func timmCropModes() throws {
        #expect(
            try timm(#"{"crop_mode": "squash", "crop_pct": 1}"#).resize == .exact(height: 224, width: 224)
        )
        let border = try timm(#"{"crop_mode": "border", "crop_pct": 1}"#)
        #expect(border.resize == .longestEdge(224))
        // 255 times the mean, to the nearest, ties to even.
        let fill: [UInt8] = [128, 102, 64]
        #expect(border.fill == fill)
    }

    @Test func huggingFaceProcessors() throws {
        let rest = #""image_mean": [0.5, 0.4, 0.25], "image_std": [0.5, 0.5, 0.25], "resample": 3"#
        let exact = try huggingFace(
            #"{"size": {"height": 96, "width": 64}, "do_resize": true, \#(rest)}"#,
            usual: .exact
        )
        #expect(exact.resize == .exact(height: 96, width: 64))
        #expect(exact.crop == ImageTransform.Size(height: 96, width: 64))
        #expect(exact.interpolation == .bicubic)
        let std: [Float] = [0.5, 0.5, 0.25]
        #expect(exact.std == std)

        let crop = #""crop_size": {"height": 224, "width": 200}"#
        let cropped = try huggingFace(#"{"size": {"shortest_edge": 256}, \#(crop), \#(rest)}"#)
        #expect(cropped.resize == .shortestEdge(256))
        #expect(cropped.crop == ImageTransform.Size(height: 224, width: 200))
        #expect(cropped.cropRule == .floored)
        // As files of before 2022 have it: numbers alone.
        let old = #"{"size": 256, "crop_size": 224, \#(rest)}"#
        #expect(try huggingFace(old).resize == .shortestEdge(256))
        #expect(try huggingFace(old, usual: .exactThenCrop).resize == .exact(height: 256, width: 256))
        let whole = #"{"do_resize": false, "do_center_crop": true, \#(crop), \#(rest)}"#
        #expect(try huggingFace(whole).resize == .none)
    }

    /// What a processor does that its description does not say, its class does, whichever model it serves.
    @Test(arguments: [
        ("ViTImageProcessor", ImageTransform.Resize.exact(height: 9, width: 9)),
        ("ViTImageProcessorFast", .exact(height: 9, width: 9)),
        ("DeiTFeatureExtractor", .exact(height: 9, width: 9)),
        ("BitImageProcessor", .shortestEdge(9)), ("CLIPImageProcessorPil", .shortestEdge(9)),
    ])
    func theProcessorsClassCounts(_ type: String, _ resize: ImageTransform.Resize) throws {
        let name = type.hasSuffix("Extractor") ? "feature_extractor_type" : "image_processor_type"
        let rest = #""image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "crop_size": 8"#
        for usual in [HuggingFaceResize.exact, .exactThenCrop, .shortestEdge] {
            let transform = try huggingFace(#"{"size": 9, "\#(name)": "\#(type)", \#(rest)}"#, usual: usual)
            #expect(transform.resize == resize)
            let side = type.hasPrefix("ViT") ? 9 : 8
            #expect(transform.crop == ImageTransform.Size(height: side, width: side))
        }
    }

    @Test func convNextCropsBelow384Pixels() throws {
        let rest =
            #""image_processor_type": "ConvNextImageProcessor", "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]"#
        let usual = try huggingFace(#"{"size": {"shortest_edge": 224}, \#(rest)}"#)
        #expect(usual.resize == .shortestEdge(256) && usual.interpolation == .bilinear)
        #expect(usual.crop == ImageTransform.Size(height: 224, width: 224))
        let whole = try huggingFace(#"{"size": 384, "crop_pct": 0.875, "resample": 3, \#(rest)}"#)
        #expect(whole.resize == .exact(height: 384, width: 384) && whole.interpolation == .bicubic)
        #expect(whole.crop == ImageTransform.Size(height: 384, width: 384))
        #expect(throws: ModelError.self) {
            try huggingFace(#"{"size": {"height": 9, "width": 9}, \#(rest)}"#)
        }
    }

    @Test func huggingFaceScales() throws {
        let size = #""size": {"height": 224, "width": 224}"#
        let half = #""image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]"#
        // (v·2/255 − 0.5)/0.5 is (v/255 − 0.25)/0.25.
        let doubled = try huggingFace(
            #"{\#(size), \#(half), "rescale_factor": 0.00784313725490196}"#,
            usual: .exact
        )
        #expect((doubled.mean + doubled.std).allSatisfy { abs($0 - 0.25) < 1e-7 })
        let bare = try huggingFace(#"{\#(size), "do_normalize": false}"#, usual: .exact)
        let (mean, std): ([Float], [Float]) = ([0, 0, 0], [1, 1, 1])
        #expect(bare.mean == mean && bare.std == std)
    }

    @Test func wrongValuesAreNamed() throws {
        let half = #""image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]"#
        let cases: [(String, () throws -> ImageTransform)] = [
            ("pretrained_cfg.crop_pct", { try timm(#"{"crop_pct": 0}"#) }),
            ("pretrained_cfg.crop_pct", { try timm(#"{"crop_pct": 1e300}"#) }),
            ("pretrained_cfg.crop_mode", { try timm(#"{"crop_mode": "corner"}"#) }),
            ("pretrained_cfg.interpolation", { try timm(#"{"interpolation": "cubic"}"#) }),
            ("pretrained_cfg.interpolation", { try timm(#"{"interpolation": 3}"#) }),
            (
                "image processor",
                {
                    try ModelDescription(folder: "", texts: [:]).huggingFaceTransform(
                        channels: Self.model.channels,
                        usual: .exact,
                        family: "m"
                    )
                }
            ),
            ("size", { try huggingFace("{\(half)}") }),
            ("size", { try huggingFace(#"{"size": {"longest_edge": 3}, \#(half)}"#) }),
            ("size.shortest_edge", { try huggingFace(#"{"size": {"shortest_edge": 0}, \#(half)}"#) }),
            ("size.height", { try huggingFace(#"{"size": {"height": 1e9, "width": 1}, \#(half)}"#) }),
            ("crop_size", { try huggingFace(#"{"size": 224, \#(half)}"#) }),
            ("crop_size.width", { try huggingFace(#"{"size": 9, "crop_size": {"height": 9}, \#(half)}"#) }),
            ("resample", { try huggingFace(#"{"size": 9, "resample": 6, \#(half)}"#, usual: .exact) }),
            (
                "rescale_factor",
                { try huggingFace(#"{"size": 9, "rescale_factor": 0, \#(half)}"#, usual: .exact) }
            ),
            ("image_std", { try huggingFace(#"{"size": 9, "image_mean": [0, 0, 0]}"#, usual: .exact) }),
            ("do_center_crop", { try huggingFace(#"{"size": 9, "do_center_crop": false, \#(half)}"#) }),
            ("do_pad", { try huggingFace(#"{"size": 9, "do_pad": true, \#(half)}"#, usual: .exact) }),
            (
                "image_processor_type",
                { try huggingFace(#"{"size": 9, "image_processor_type": "LevitImageProcessor", \#(half)}"#) }
            ),
            (
                "feature_extractor_type",
                { try huggingFace(#"{"size": 9, "feature_extractor_type": "ViT", \#(half)}"#) }
            ),
        ]
        for (subject, make) in cases {
            let error = try #require(throws: ModelError.self, "\(subject)") { try make() }
            #expect(error.subject == subject, "\(error)")
            #expect(!"\(error)".contains("\n"))
        }
    }
}
