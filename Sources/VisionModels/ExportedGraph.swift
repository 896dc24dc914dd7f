import Datasets
import Diagnostics
import Files
import Graphs
import ImportedGraphs

/// A classifier of which the graph is known, out of a file or out of this program.
struct ExportedGraph {
    /// For messages: the file, or whose graph it is.
    let path: String
    /// For people: what the model belongs to.
    var family = "exported graph"
    var program: ExportedProgram
    /// For people: what told the tensors' names; nil where the graph has them.
    var namesOrigin: String?
    /// How images are fed where the description does not say it, and whose way that is.
    var usual: (pretrained: DescriptionFields, origin: String)?

    /// The classifier that the graph makes of a checkpoint's tensors, which it knows by their names.
    func classifier(_ tensors: ModelTensors, _ description: ModelDescription) throws(ModelError)
        -> Classifier
    {
        let (graph, measuring) = try graphs(tensors)
        let shape = graph.imageShape
        guard shape.count == 3, shape.reduce(1, *) == graph[graph.images].count, [1, 3].contains(shape[0])
        else {
            throw ModelError(
                file: path,
                subject: graph[graph.images].name,
                expected: "images of 1 or 3 channels, channels × height × width",
                found: "\(graph[graph.images].shape) a sample"
            )
        }
        let images = try ImagePresentation(description, shape, classes: graph.classes, usual: usual)
        return Classifier(
            family: family,
            architecture: images.architecture ?? "of \(name(of: path))",
            graph: graph,
            measuring: measuring,
            transform: images.transform,
            transformOrigin: images.origin,
            options: [
                ("graph", name(of: path)), ("PyTorch", program.torchVersion),
                ("operators", "\(program.nodes.count)"),
            ] + (namesOrigin.map { [("names", "by \($0)")] } ?? []),
            facts: [],
            carried: carried,
            images: images.labels,
            classNames: images.classNames,
            folderOrder: images.folderOrder
        )
    }

    /// The graph, and where it has batch norms the one that measures their statistics, their parameters named as in the
    /// checkpoint.
    private func graphs(_ tensors: ModelTensors) throws(ModelError) -> (Graph, measuring: Graph?) {
        do {
            let program = try named(as: tensors).program
            let graph = try program.graph(file: path)
            let measures = !graph.statisticRanges.isEmpty
            return (graph, measures ? try program.graph(file: path, measures: true) : nil)
        } catch {
            throw ModelError(error, graph: path)
        }
    }

    /// The same with the names that the checkpoint has.
    func named(as tensors: ModelTensors) throws(ModelError) -> ExportedGraph {
        let names = program.readTensors
        guard let first = names.first(where: { !tensors.has($0) }) else { return self }
        guard let prefix = tensors.prefix(before: names) else {
            throw tensors.wrong(
                first,
                "this tensor of the graph of \(path), by name or by the values that it was exported with",
                nil
            )
        }
        var graph = self
        graph.program = program.renamingTensors { prefix + $0 }
        return graph
    }

    /// What the model has and its answer does not need, and what PyTorch counts beside it.
    private var carried: [CarriedRule] {
        let unread = program.sources.compactMap { source -> CarriedRule? in
            switch source.source {
            case .parameter(let name): CarriedRule(pattern: .suffix(name), reason: "not read by the graph")
            case .buffer(let name): CarriedRule(pattern: .suffix(name), reason: "buffer")
            case .constant, .input: nil
            }
        }
        return unread + [
            CarriedRule(pattern: .suffix("num_batches_tracked"), reason: "count of batch normalisation")
        ]
    }
}

extension ModelError {
    /// What was thrown while a graph was read.
    ///
    /// * `graph`: for messages, whose
    init(_ error: any Error, graph: String) {
        switch error {
        case let error as ModelError: self = error
        case let error as GraphFileError:
            self.init(file: error.file, subject: error.subject, expected: error.expected, found: error.found)
        default: self.init(file: graph, subject: "graph", expected: "one that can be read", found: "\(error)")
        }
    }
}

extension ModelTensors {
    /// What stands before all of `names` in the tensors' names; nil where nothing does, or several things do.
    func prefix(before names: [String]) -> String? {
        guard let first = names.first else { return nil }
        let prefixes = shapes.keys.filter { $0.hasSuffix(".\(first)") }.map { $0.dropLast(first.count) }
        let whole = prefixes.filter { prefix in names.allSatisfy { has(prefix + $0) } }
        return whole.count == 1 ? String(whole[0]) : nil
    }
}

/// How images are fed to a model of which only the graph is known: as its description says, timm's or Hugging Face's.
private struct ImagePresentation {
    let transform: ImageTransform
    /// Whose transform it is where the description says nothing of it.
    var origin: String?
    let labels: ImageLabels
    let architecture: String?
    let classNames: ClassNames?
    let folderOrder: FolderOrder

    /// * `shape`: channels, height and width
    /// * `usual`: what holds where the description does not say it
    init(
        _ description: ModelDescription,
        _ shape: [Int],
        classes: Int,
        usual: (pretrained: DescriptionFields, origin: String)?
    ) throws(ModelError) {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let root = try description.configuration
        if try description.preprocessor != nil {
            transform = try description.huggingFaceTransform(
                channels: channels,
                usual: nil,
                family: "model of this graph"
            )
            labels = .huggingFace
            architecture = try root?.strings("architectures")?.first
            classNames = try root?.classNames("id2label")
            folderOrder = .bytes
            guard let crop = transform.crop, crop == ImageTransform.Size(height: height, width: width) else {
                throw ModelError(
                    file: description.preprocessorPath,
                    subject: labels.size,
                    expected: "\(height)×\(width), of which images the graph is",
                    found: transform.crop.map { "\($0.height)×\($0.width)" } ?? "no size"
                )
            }
            return
        }
        var pretrained = try root?.pretrainedConfiguration
        if let usual, pretrained.map({ $0.has("mean") == $0.has("std") }) ?? true {
            if !["crop_pct", "crop_mode", "interpolation"].contains(where: { pretrained?.has($0) == true }) {
                origin = usual.origin
            }
            pretrained = DescriptionFields(
                path: pretrained?.path ?? usual.pretrained.path,
                prefix: pretrained?.prefix ?? usual.pretrained.prefix,
                values: usual.pretrained.values.merging(pretrained?.values ?? [:]) { _, own in own }
            )
        }
        guard let pretrained, pretrained.has("mean"), pretrained.has("std") else {
            throw ModelError(
                file: description.path,
                subject: "model description",
                expected:
                    "this file beside the weights, timm's, or with the mean and std of each channel that the training "
                    + "images were normalised by, as {\"mean\": [0.5, 0.5, 0.5], \"std\": [0.5, 0.5, 0.5]} (or Hugging Face's "
                    + "preprocessor_config.json)",
                found: try description.configuration == nil ? "nothing" : "neither"
            )
        }
        labels = .timm(pretrained)
        try pretrained.agree("input_size", pretrained.integers("input_size", count: 3), shape)
        try root?.agree("num_classes", root?.integer("num_classes"), classes)
        transform = try pretrained.timmTransform(
            height: height,
            width: width,
            mean: pretrained.perChannel("mean", channels),
            std: pretrained.perChannel("std", channels)
        )
        architecture = try root?.string("architecture")
        classNames = try root?.timmClassNames(pretrained, classes: classes)
        folderOrder = .natural
    }
}
