import Graphs

/// A classifier as the rest of the program sees it: a graph, and how its images are to be presented.
package struct VisionModel: Sendable {
    package let transformer: VisionTransformer
    package let graph: Graph
    package let channels: Int
    package let height: Int
    package let width: Int
    /// Per channel, for pixels scaled to 0 … 1.
    package let mean: [Float]
    package let std: [Float]
    package let description: ModelDescription

    /// The model that `description` and the tensors of the checkpoint `file` make.
    package init(_ description: ModelDescription, shapes: [String: [Int]], file: String) throws(ModelError) {
        let transformer = try VisionTransformer(description, shapes: shapes, file: file)
        self.description = description
        self.transformer = transformer
        graph = transformer.graph()
        channels = transformer.channels
        height = transformer.height
        width = transformer.width
        mean = try Self.perChannel(description.mean, "mean", description, channels)
        std = try Self.perChannel(description.std, "std", description, channels)
        // Neither black nor white may become infinite, nor the product with a subnormal number's inverse.
        guard zip(mean, std).allSatisfy({ $1 > 0 && $1.isNormal && ((1 + $0.magnitude) / $1).isFinite })
        else {
            throw ModelError(
                file: description.path,
                subject: "pretrained_cfg.std",
                expected: "positive numbers, none so small that pixels normalised by them overflow",
                found: "\(std)"
            )
        }
    }

    private static func perChannel(
        _ values: [Float]?,
        _ name: String,
        _ description: ModelDescription,
        _ channels: Int
    ) throws(ModelError) -> [Float] {
        guard let values, values.count == channels else {
            throw ModelError(
                file: description.path,
                subject: "pretrained_cfg.\(name)",
                expected:
                    "\(channels) numbers, the \(name) of each channel that the training images were normalised by",
                found: values.map { "\($0)" } ?? "nothing"
            )
        }
        return values
    }

    /// Throws where the ingredients' common tensors would make another function here than with `first`.
    package func checkAgreement(with first: VisionModel) throws(ModelError) {
        let (own, its) = (transformer, first.transformer)
        let facts: [(String, String, String)] = [
            ("model_args.num_heads", "\(own.heads)", "\(its.heads)"),
            ("model_args.norm_eps", "\(own.epsilon)", "\(its.epsilon)"),
            ("model_args.global_pool", own.poolsMean ? "avg" : "token", its.poolsMean ? "avg" : "token"),
            ("model_args.img_size", "\(height)×\(width)", "\(first.height)×\(first.width)"),
            ("pretrained_cfg.mean", "\(mean)", "\(first.mean)"),
            ("pretrained_cfg.std", "\(std)", "\(first.std)"),
        ]
        for (name, found, expected) in facts where found != expected {
            throw ModelError(
                file: description.path,
                subject: name,
                expected: "\(expected) as in \(first.description.path)",
                found: found
            )
        }
    }
}
