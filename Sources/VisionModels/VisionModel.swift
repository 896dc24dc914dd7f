import Datasets
import Diagnostics
import Graphs

/// A classifier as the rest of the program sees it: a graph, and how its images are to be presented.
package struct VisionModel: Sendable {
    package let graph: Graph
    /// The same, of the same parameters, with batch norms that take their statistics from the images and tell what they are;
    /// nil where it has none.
    package let measuring: Graph?
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
    /// For people: sizes and options of what is computed.
    package let options: [(name: String, value: String)]
    /// What decides the computation and no tensor tells, as the description calls it.
    private let facts: [(name: String, value: String)]
    private let images: ImageLabels
    private let doubt: Doubt?

    package var channels: Int { graph.imageShape[0] }
    package var height: Int { graph.imageShape[1] }
    package var width: Int { graph.imageShape[2] }
    /// Per channel, for pixels scaled to 0 … 1.
    package var mean: [Float] { transform.mean }
    package var std: [Float] { transform.std }

    /// The model that `description` and the tensors of the checkpoint `file` make.
    ///
    /// * `shapes`: of every tensor, by name
    package init(_ description: ModelDescription, shapes: [String: [Int]], file: String) throws(ModelError) {
        let tensors = ModelTensors(file: file, shapes: shapes)
        let model: Classifier
        if let architecture = description.architecture {
            let graph = ExportedGraph(
                path: architecture.path,
                program: architecture.program,
                namesOrigin: architecture.renaming?.origin
            )
            model = try graph.classifier(tensors, description)
        } else if let known = try KnownArchitecture.of(tensors, description) {
            model = try known.classifier(tensors, description)
        } else {
            model = try ModelFamilies.read(tensors, description).classifier(description, file: file)
        }
        carried = try tensors.check(
            model.graph.layout.parameters.map { ($0.name, $0.shape) },
            beside: model.carried,
            family: model.family
        )
        self.description = description
        graph = model.graph
        measuring = model.measuring
        family = model.family
        architecture = model.architecture
        transform = model.transform
        transformOrigin = model.transformOrigin
        options = model.options
        images = model.images
        doubt = model.doubt
        facts = [("family", model.family)] + model.facts
        classes = ModelClasses(
            count: model.graph.classes,
            names: model.classNames,
            order: model.folderOrder,
            field: model.images.classes
        )
    }

    /// What looks wrong about the description and the tensors taken together.
    package var doubts: [Doubt] {
        [Outside.doubt(carried), doubt].compactMap { $0 }
    }

    /// Names of the parameters that are statistics of a batch norm.
    package var statistics: [String] {
        let parameters = graph.layout.parameters
        return parameters.indices.filter { graph.role(ofParameter: $0) == .statistic }.map {
            parameters[$0].name
        }
    }

    /// Throws where the ingredients' common tensors would make another function here than with `first`.
    package func checkAgreement(with first: VisionModel) throws(ModelError) {
        for (own, its) in zip(facts + imageFacts, first.facts + first.imageFacts) where own.value != its.value
        {
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
            subject: images.classes,
            expected: "\(name.onOneLine.abridged) as class \(expected), as in \(first.description.path)",
            found: "it as class \(number)"
        )
    }

    /// How images become the graph's input, as the description calls it.
    private var imageFacts: [(name: String, value: String)] {
        [
            (images.size, "\(height)×\(width)"),
            (images.resize, "\(transform.resize), \(transform.interpolation), \(transform.cropRule)"),
            (images.mean, "\(mean)"),
            (images.std, "\(std)"),
        ]
    }
}

extension Graph {
    /// Channels, height and width of an image; an exported graph's shape of the images has the batch's 1 before them.
    var imageShape: [Int] { self[images].shape.suffix(3) }
}
