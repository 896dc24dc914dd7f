import Datasets

extension TimmConfiguration {
    /// timm's transform for evaluation, from `pretrained_cfg`.
    func transform(_ model: VisionTransformer) throws(ModelError) -> ImageTransform {
        if let channels = try pretrained.integers("input_size", count: 3)?[0], channels != model.channels {
            throw ModelError(
                file: path,
                subject: pretrained.prefix + "input_size",
                expected: "\(model.channels) channels as patch_embed.proj.weight has",
                found: "\(channels)"
            )
        }
        return try pretrained.timmTransform(
            height: model.height,
            width: model.width,
            mean: pretrained.perChannel("mean", model.channels),
            std: pretrained.perChannel("std", model.channels)
        )
    }
}

extension DescriptionFields {
    /// The keys of `pretrained_cfg` that tell how images are resized and cropped, timm's defaults where there are none.
    ///
    /// * `share`, `interpolation`: what holds where nothing is said: timm's defaults
    func timmTransform(
        height: Int,
        width: Int,
        share usualShare: Double = 0.875,
        interpolation usual: ImageTransform.Interpolation = .bicubic,
        mean: [Float],
        std: [Float]
    ) throws(ModelError) -> ImageTransform {
        try checkNormalisation(mean, std, "std")
        var transform = ImageTransform(
            interpolation: try interpolation("interpolation") ?? usual,
            crop: ImageTransform.Size(height: height, width: width),
            mean: mean,
            std: std
        )
        let share = try number("crop_pct") ?? usualShare
        guard share >= 0.01, share <= 100 else { throw wrong("crop_pct", "a share of the side, as 0.9") }
        let sides = [height, width].map { Int((Double($0) / share).rounded(.down)) }
        guard sides.allSatisfy({ $0 > 0 }) else { throw wrong("crop_pct", "a share that leaves pixels") }
        switch try string("crop_mode") ?? "center" {
        case "center":
            transform.resize =
                sides[0] == sides[1]
                ? .shortestEdge(sides[0]) : .covering(height: sides[0], width: sides[1])
        case "squash": transform.resize = .exact(height: sides[0], width: sides[1])
        case "border" where sides[0] == sides[1]:
            transform.resize = .longestEdge(sides[0])
            let fill = mean.map { UInt8(min(max((255 * $0).rounded(.toNearestOrEven), 0), 255)) }
            transform.fill = fill.count == 3 ? fill : Array(repeating: fill[0], count: 3)
        default: throw wrong("crop_mode", "\"center\", \"squash\", or \"border\" for a square image")
        }
        return transform
    }

    private func interpolation(_ name: String) throws(ModelError) -> ImageTransform.Interpolation? {
        guard let text = try string(name) else { return nil }
        guard let method = ImageTransform.Interpolation(rawValue: text) else {
            throw wrong(name, ImageTransform.Interpolation.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return method
    }
}
