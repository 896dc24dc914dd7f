import Datasets
import Diagnostics
import Graphs

/// What a family makes of a checkpoint and its description.
struct FamilyModel: Sendable {
    var title: String
    /// What the description calls the model, if it does.
    var architecture: String
    var transformer: VisionTransformer
    var names: TensorNames
    var transform: ImageTransform
    /// Whose transform it is where the description says nothing of it.
    var transformOrigin: String?
    /// What the library does where the images have another size than the positions.
    var positions: PositionInterpolation
    /// Tensors that may be there beside the model.
    var carried: [CarriedRule] = []
    /// What the description calls heads, epsilon and so on.
    var labels: DescriptionLabels
    /// Where the description has names.
    var classNames: ClassNames?
    /// In which order the library numbers folders of classes.
    var folderOrder = FolderOrder.bytes

    /// * `file`: for messages
    func classifier(_ description: ModelDescription, file: String) throws(ModelError) -> Classifier {
        let graph: Graph
        do {
            graph = try transformer.graph(names)
        } catch {
            throw ModelError(
                file: file,
                subject: error.node,
                expected: "a graph that fits",
                found: error.text
            )
        }
        return Classifier(
            family: title,
            architecture: architecture,
            graph: graph,
            transform: transform,
            transformOrigin: transformOrigin,
            options: transformer.options,
            facts: [
                (labels.heads, "\(transformer.heads)"),
                (labels.epsilon, "\(transformer.epsilon)"),
                (labels.pooling, transformer.pooling.rawValue),
                (labels.activation, transformer.activation.rawValue),
            ],
            carried: carried,
            images: labels.images,
            classNames: classNames,
            folderOrder: folderOrder,
            doubt: positionDoubt(description)
        )
    }

    /// Positions of other images than the checkpoint's.
    private func positionDoubt(_ description: ModelDescription) -> Doubt? {
        guard let source = transformer.positionResampling?.source, positions != .always else { return nil }
        let trained = "\(source.rows * transformer.patch)×\(source.columns * transformer.patch)"
        let text =
            "\(description.path): positions are interpolated from \(source.rows)×\(source.columns) to "
            + "\(transformer.grid.rows)×\(transformer.grid.columns) patches: the checkpoint is of images of \(trained) "
            + "pixels and is given \(transformer.height)×\(transformer.width); where it was fine-tuned at \(trained), say so in "
            + labels.images.size
        guard case .onRequest(let refusal) = positions else { return Doubt(.warning, text) }
        return Doubt(.refusal, "\(text); \(refusal)")
    }
}

/// When a library makes positions for images of another size than those that they were trained for.
enum PositionInterpolation: Sendable, Equatable {
    /// At every pass, and so while the model was fine-tuned.
    case always
    /// When it loads the weights into a model of another size.
    case whileLoading
    /// Not by itself; the text says what it does, and what is to be asked for.
    case onRequest(String)
}
