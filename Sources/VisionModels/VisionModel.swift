import Graphs

/// A classifier as the rest of the program sees it: a graph, and how its images are to be presented.
package struct VisionModel: Sendable {
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
        graph = transformer.graph()
        channels = transformer.channels
        height = transformer.height
        width = transformer.width
        mean = try Self.perChannel(description.mean, "mean", description, channels)
        std = try Self.perChannel(description.std, "std", description, channels)
        guard std.allSatisfy({ $0 > 0 }) else {
            throw ModelError(
                file: description.path,
                subject: "pretrained_cfg.std",
                expected: "positive numbers",
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
}
