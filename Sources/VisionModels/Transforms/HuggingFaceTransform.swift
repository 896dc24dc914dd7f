import Datasets

/// What an image processor's class does where its description does not say.
enum HuggingFaceResize: Sendable {
    /// To the exact size: `ViTImageProcessor`.
    case exact
    /// To the exact size, then a centre crop: `DeiTImageProcessor`.
    case exactThenCrop
    /// The shorter side to size, then a centre crop: `CLIPImageProcessor`, `BitImageProcessor`.
    case shortestEdge
    /// The shorter side to the size by `crop_pct`, then a centre crop; from 384 pixels on to the exact size:
    /// `ConvNextImageProcessor`.
    case cropShare

    /// What its class resizes with where the description does not say: bicubic where not bilinear.
    var isBilinear: Bool { self == .exact || self == .cropShare }

    /// By class, without the ends of their names.
    ///
    /// Other classes take other steps, whatever their values are called.
    static let byProcessor: [String: HuggingFaceResize] = [
        "ViT": .exact, "DeiT": .exactThenCrop, "CLIP": .shortestEdge, "Bit": .shortestEdge,
        "Beit": .exactThenCrop, "ConvNext": .cropShare,
    ]
}

extension ModelDescription {
    /// The transform that `preprocessor_config.json` describes; its crop is the model's input.
    ///
    /// * `usual`: what the class of a model of this family does; nil where the description has to say
    func huggingFaceTransform(channels: Int, usual: HuggingFaceResize?, family: String)
        throws(ModelError) -> ImageTransform
    {
        guard let fields = try preprocessor else {
            throw ModelError(
                file: preprocessorPath,
                subject: "image processor",
                expected:
                    "this file beside the weights of a \(family); the model that was fine-tuned has one",
                found: "nothing"
            )
        }
        guard let usual = try fields.processor() ?? usual else {
            throw fields.missing("image_processor_type", "the class of the image processor")
        }
        if try fields.boolean("do_pad") == true {
            throw fields.wrong("do_pad", "false: images are resized and cropped")
        }
        var transform = ImageTransform(
            resize: try fields.flag("do_resize") ? fields.resize(usual) : .none,
            interpolation: try fields.resample() ?? (usual.isBilinear ? .bilinear : .bicubic),
            cropRule: .floored,
            mean: [],
            std: []
        )
        try fields.setNormalisation(of: &transform, channels: channels)
        if usual == .cropShare {
            try fields.setShareOfCrop(&transform)
        } else if try fields.boolean("do_center_crop") ?? (usual != .exact) {
            let size = try fields.cropSize()
            transform.crop = ImageTransform.Size(height: size[0], width: size[1])
        } else if case .exact(let height, let width) = transform.resize {
            transform.crop = ImageTransform.Size(height: height, width: width)
        } else {
            throw fields.wrong("do_center_crop", "true, where images are not resized to one exact size")
        }
        return transform
    }
}

extension DescriptionFields {
    /// On unless it is said to be off.
    fileprivate func flag(_ name: String) throws(ModelError) -> Bool { try boolean(name) ?? true }

    /// That of the class which the description names, if it names one.
    fileprivate func processor() throws(ModelError) -> HuggingFaceResize? {
        let name = has("image_processor_type") ? "image_processor_type" : "feature_extractor_type"
        guard let type = try string(name) else { return nil }
        let stem = ["ImageProcessorFast", "ImageProcessorPil", "ImageProcessor", "FeatureExtractor"]
            .first { type.hasSuffix($0) }
            .map { String(type.dropLast($0.count)) }
        guard let stem, let usual = HuggingFaceResize.byProcessor[stem] else {
            let known = HuggingFaceResize.byProcessor.keys.sorted().map { "\"\($0)ImageProcessor\"" }
            throw wrong(name, known.joined(separator: ", "))
        }
        return usual
    }

    fileprivate func resize(_ usual: HuggingFaceResize) throws(ModelError) -> ImageTransform.Resize {
        guard has("size") else { throw missing("size", "what images are resized to") }
        guard let sides = values["size"] as? [String: Any] else {
            let size = try side(try integer("size"), "size")
            let keepsProportion = usual == .shortestEdge || usual == .cropShare
            return keepsProportion ? .shortestEdge(size) : .exact(height: size, width: size)
        }
        let fields = DescriptionFields(path: path, prefix: "\(prefix)size.", values: sides)
        if fields.has("shortest_edge"), !fields.has("longest_edge") {
            return .shortestEdge(try fields.side(fields.integer("shortest_edge"), "shortest_edge"))
        }
        guard fields.has("height"), fields.has("width") else {
            throw wrong("size", "height and width, or shortest_edge")
        }
        return .exact(
            height: try fields.side(fields.integer("height"), "height"),
            width: try fields.side(fields.integer("width"), "width")
        )
    }

    /// The square of `size` that is cut out of an image resized by `crop_pct`, or is the image from 384 pixels on.
    fileprivate func setShareOfCrop(_ transform: inout ImageTransform) throws(ModelError) {
        guard case .shortestEdge(let side) = transform.resize else {
            throw wrong("size", "shortest_edge, with do_resize, of a ConvNextImageProcessor")
        }
        let share = try number("crop_pct") ?? 224.0 / 256
        guard share >= 0.01, share <= 1 else { throw wrong("crop_pct", "a share of the side, as 0.875") }
        transform.crop = ImageTransform.Size(height: side, width: side)
        transform.resize =
            side < 384 ? .shortestEdge(Int(Double(side) / share)) : .exact(height: side, width: side)
    }

    fileprivate func cropSize() throws(ModelError) -> [Int] {
        guard has("crop_size") else { throw missing("crop_size", "the size of the centre crop") }
        guard let sides = values["crop_size"] as? [String: Any] else {
            let size = try side(try integer("crop_size"), "crop_size")
            return [size, size]
        }
        let fields = DescriptionFields(path: path, prefix: "\(prefix)crop_size.", values: sides)
        return [
            try fields.side(fields.integer("height"), "height"),
            try fields.side(fields.integer("width"), "width"),
        ]
    }

    private func side(_ value: Int?, _ name: String) throws(ModelError) -> Int {
        guard let value else { throw missing(name, "a number of pixels") }
        guard (1...100_000).contains(value) else { throw wrong(name, "a number of pixels") }
        return value
    }

    /// By Pillow's number.
    fileprivate func resample() throws(ModelError) -> ImageTransform.Interpolation? {
        let methods: [ImageTransform.Interpolation] = [
            .nearest, .lanczos, .bilinear, .bicubic, .box, .hamming,
        ]
        guard let number = try integer("resample") else { return nil }
        guard methods.indices.contains(number) else { throw wrong("resample", "Pillow's 0 to 5") }
        return methods[number]
    }

    /// Pixels become (rescale_factor · pixel − mean)/std; here they are scaled to 0 … 1 first.
    fileprivate func setNormalisation(of transform: inout ImageTransform, channels: Int) throws(ModelError) {
        let isNormalised = try flag("do_normalize")
        let mean =
            isNormalised ? try perChannel("image_mean", channels) : Array(repeating: 0, count: channels)
        let std = isNormalised ? try perChannel("image_std", channels) : Array(repeating: 1, count: channels)
        let factor = try flag("do_rescale") ? number("rescale_factor") ?? 1 / 255 : 1
        guard factor > 0, Float(factor).isNormal else { throw wrong("rescale_factor", "a positive number") }
        // 1/255 is written with so many digits that nothing changes.
        let scale = (255 * factor - 1).magnitude < 1e-6 ? 1 : Float(255 * factor)
        transform.mean = mean.map { $0 / scale }
        transform.std = std.map { $0 / scale }
        try checkNormalisation(transform.mean, transform.std, "image_std")
    }
}
