import Datasets
import Diagnostics
import Graphs

/// A classifier as the rest of the program sees it: a graph, and how its images are to be presented.
package struct VisionModel: Sendable {
    package let transformer: VisionTransformer
    package let graph: Graph
    package let description: ModelDescription
    /// For people: the library and its model's class.
    package let family: String
    /// What the description calls the model, or what its sizes make of it.
    package let architecture: String
    /// How an image file becomes the graph's input.
    package let transform: ImageTransform
    /// For people: whose transform it is where the description says nothing of it.
    package let transformOrigin: String?
    /// Tensors of the checkpoint that the graph does not read, by name, and why.
    package let carried: [(name: String, reason: String)]
    package let classes: ModelClasses
    private let positions: PositionInterpolation
    private let labels: DescriptionLabels

    package var channels: Int { transformer.channels }
    package var height: Int { transformer.height }
    package var width: Int { transformer.width }
    /// Per channel, for pixels scaled to 0 … 1.
    package var mean: [Float] { transform.mean }
    package var std: [Float] { transform.std }
    /// For people: sizes and options of what is computed.
    package var options: [(name: String, value: String)] { transformer.options }

    /// The model that `description` and the tensors of the checkpoint `file` make.
    ///
    /// * `shapes`: of every tensor, by name
    package init(_ description: ModelDescription, shapes: [String: [Int]], file: String) throws(ModelError) {
        let tensors = ModelTensors(file: file, shapes: shapes)
        let model = try ModelFamilies.read(tensors, description)
        let graph: Graph
        do {
            graph = try model.transformer.graph(model.names)
        } catch {
            throw ModelError(
                file: file,
                subject: error.node,
                expected: "a graph that fits",
                found: error.text
            )
        }
        carried = try tensors.check(
            graph.layout.parameters.map { ($0.name, $0.shape) },
            beside: model.carried,
            family: model.title
        )
        self.description = description
        self.graph = graph
        transformer = model.transformer
        family = model.title
        architecture = model.architecture
        transform = model.transform
        transformOrigin = model.transformOrigin
        positions = model.positions
        labels = model.labels
        classes = ModelClasses(
            count: graph.classes,
            names: model.classNames,
            order: model.folderOrder,
            field: model.labels.classes
        )
    }

    /// What looks wrong about the description and the tensors taken together.
    package var doubts: [Doubt] {
        [Outside.doubt(carried), positionDoubt].compactMap { $0 }
    }

    /// Positions of other images than the checkpoint's.
    private var positionDoubt: Doubt? {
        guard let source = transformer.positionResampling?.source, positions != .always else { return nil }
        let trained = "\(source.rows * transformer.patch)×\(source.columns * transformer.patch)"
        let text =
            "\(description.path): positions are interpolated from \(source.rows)×\(source.columns) to "
            + "\(transformer.grid.rows)×\(transformer.grid.columns) patches: the checkpoint is of images of \(trained) "
            + "pixels and is given \(height)×\(width); where it was fine-tuned at \(trained), say so in "
            + labels.imageSize
        guard case .onRequest(let refusal) = positions else { return Doubt(.warning, text) }
        return Doubt(.refusal, "\(text); \(refusal)")
    }

    /// Throws where the ingredients' common tensors would make another function here than with `first`.
    package func checkAgreement(with first: VisionModel) throws(ModelError) {
        for (own, its) in zip(facts, first.facts) where own.value != its.value {
            throw ModelError(
                file: description.path,
                subject: own.name,
                expected: "\(its.value) as in \(first.description.path)",
                found: own.value
            )
        }
        try checkClasses(first)
    }

    /// Throws where a class of one name has another number than with `first`.
    private func checkClasses(_ first: VisionModel) throws(ModelError) {
        guard let own = classes.names?.numbers, let its = first.classes.names?.numbers else { return }
        let moved = own.keys.filter { its[$0] != nil && its[$0] != own[$0] }
        guard let name = moved.min(), let number = own[name], let expected = its[name] else { return }
        throw ModelError(
            file: description.path,
            subject: labels.classes,
            expected: "\(name.onOneLine.abridged) as class \(expected), as in \(first.description.path)",
            found: "it as class \(number)"
        )
    }

    /// What the tensors do not tell, as the description calls it.
    private var facts: [(name: String, value: String)] {
        [
            ("family", family),
            (labels.heads, "\(transformer.heads)"),
            (labels.epsilon, "\(transformer.epsilon)"),
            (labels.pooling, transformer.pooling.rawValue),
            (labels.activation, transformer.activation.rawValue),
            (labels.imageSize, "\(height)×\(width)"),
            (labels.resize, "\(transform.resize), \(transform.interpolation), \(transform.cropRule)"),
            (labels.mean, "\(mean)"),
            (labels.std, "\(std)"),
        ]
    }
}
