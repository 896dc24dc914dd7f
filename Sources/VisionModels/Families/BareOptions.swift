import Datasets
import Diagnostics

/// What may be said of a model whose library writes no description: a `config.json` by hand, in timm's terms.
struct BareOptions {
    private let root: DescriptionFields?
    private let arguments: DescriptionFields?
    private let pretrained: DescriptionFields
    private let path: String

    init(_ description: ModelDescription) throws(ModelError) {
        root = try description.configuration
        path = description.path
        arguments = try root?.object("model_args")
        pretrained =
            try root?.pretrainedConfiguration
            ?? DescriptionFields(path: path, prefix: "pretrained_cfg.", values: [:])
        let known: Set = ["act_layer", "norm_eps", "num_heads"]
        if let arguments, let other = arguments.others(than: known).keys.min() {
            let names = known.sorted().joined(separator: ", ")
            throw arguments.wrong(other.onOneLine.abridged, "no arguments but \(names)")
        }
    }

    var epsilon: Double? {
        get throws(ModelError) { try arguments?.epsilon("norm_eps") }
    }

    /// Height and width.
    var inputSize: [Int]? {
        get throws(ModelError) {
            try pretrained.integers("input_size", count: 3).map { Array($0.dropFirst()) }
        }
    }

    var labels: DescriptionLabels { .timm(pretrained) }

    /// Whether the description says how images are resized.
    var saysResize: Bool { ["crop_pct", "crop_mode", "interpolation"].contains(where: pretrained.has) }

    func classNames(_ model: VisionTransformer) throws(ModelError) -> ClassNames? {
        try root?.timmClassNames(pretrained, classes: model.classes)
    }

    var activation: VisionTransformer.Activation? {
        get throws(ModelError) {
            switch try arguments?.string("act_layer") {
            case nil: nil
            case "gelu": .gelu
            case "quick_gelu": .quickGELU
            default:
                throw arguments?.wrong("act_layer", "\"gelu\" or \"quick_gelu\"") ?? missing("act_layer", "")
            }
        }
    }

    /// Throws where another activation is stated than the family has.
    func checkActivation(_ known: [VisionTransformer.Activation]) throws(ModelError) {
        guard let activation = try activation, !known.contains(activation) else { return }
        throw arguments?.wrong("act_layer", known.map(\.rawValue).joined(separator: " or "))
            ?? missing("act_layer", "")
    }

    func heads(embedding: Int, otherwise usual: Int?, _ family: String) throws(ModelError) -> Int {
        if let arguments { return try arguments.heads("num_heads", of: embedding, otherwise: usual) }
        guard let usual, embedding % usual == 0 else {
            throw missing(
                "model_args.num_heads",
                "the number of attention heads in a file beside the weights, as {\"model_args\": {\"num_heads\": 12}}: "
                    + "no \(family) of \(embedding) channels is known"
            )
        }
        return usual
    }

    /// The family's own transform, where the description does not say otherwise.
    func transform(
        _ model: VisionTransformer,
        share: Double,
        _ interpolation: ImageTransform.Interpolation,
        mean: [Float],
        std: [Float],
        _ family: String
    ) throws(ModelError) -> ImageTransform {
        let fields = pretrained
        guard model.channels == mean.count || (fields.has("mean") && fields.has("std")) else {
            throw missing(
                "\(fields.prefix)mean",
                "mean and std of \(model.channels) channels, in a file beside the weights"
            )
        }
        return try fields.timmTransform(
            height: model.height,
            width: model.width,
            share: share,
            interpolation: interpolation,
            mean: fields.has("mean") ? fields.perChannel("mean", model.channels) : mean,
            std: fields.has("std") ? fields.perChannel("std", model.channels) : std
        )
    }

    private func missing(_ name: String, _ expected: String) -> ModelError {
        ModelError(file: path, subject: name, expected: expected, found: "nothing")
    }
}
