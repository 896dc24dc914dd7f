import CArchitectures
import Diagnostics
import Files
import Foundation
import ImportedGraphs
import Synchronization

/// A well-known classifier of timm's or torchvision's, whose graph is part of the program.
///
/// The graphs are what `torch.export` wrote of the libraries' models, for 1,000 classes and the images of their default weights.
package struct KnownArchitecture: Sendable {
    /// "timm" or "torchvision".
    package let library: String
    package let name: String
    /// Tensors of a checkpoint of it, but for counts of batches.
    private let tensorCount: Int
    private let index: Int

    package var title: String { "\(library) \(name)" }

    /// By library and name.
    package static let all: [KnownArchitecture] = (0..<ca_graph_count()).map { index in
        let graph = ca_graph_at(index)
        return KnownArchitecture(
            library: String(cString: graph.library),
            name: String(cString: graph.architecture),
            tensorCount: graph.tensors,
            index: index
        )
    }

    /// The architecture that a description names, or, where it names none, torchvision's whose tensors these are.
    ///
    /// * returns nil where it is none of these, or a vision transformer that one of the families has
    static func of(_ tensors: ModelTensors, _ description: ModelDescription) throws(ModelError)
        -> KnownArchitecture?
    {
        let root = try description.configuration
        let inner = try root?.pretrainedConfiguration.string("architecture")
        if let stated = try root?.string("architecture") ?? inner {
            // What follows a dot names the weights.
            let named = all.filter { $0.name == stated.prefix { $0 != "." } }
            for architecture in named where try architecture.opened().prefix(in: tensors) != nil {
                return architecture
            }
            return named.first
        }
        guard try description.preprocessor == nil,
            !ModelFamilies.all.contains(where: { family in
                tensors.shapes.keys.contains {
                    $0 == family.patchEmbedding || $0.hasSuffix(".\(family.patchEmbedding)")
                }
            })
        else { return nil }
        let count = tensors.shapes.keys.count { !$0.hasSuffix("num_batches_tracked") }
        for architecture in all
        where architecture.library == "torchvision" && architecture.tensorCount == count {
            if try architecture.opened().makes(tensors) { return architecture }
        }
        return nil
    }

    /// The classifier that it makes of a checkpoint: with as many classes as there are, of images as large as the description
    /// says.
    func classifier(_ tensors: ModelTensors, _ description: ModelDescription) throws(ModelError) -> Classifier
    {
        let opened = try opened()
        guard opened.prefix(in: tensors) != nil else {
            let first = opened.program.readTensors.first { !tensors.has($0) } ?? ""
            throw ModelError(
                file: description.path,
                subject: "architecture",
                expected: "the name of a model that has the tensors of \(tensors.file)",
                found: "\"\(name)\", which has \(first)"
            )
        }
        try check(description, opened)
        var graph = try ExportedGraph(
            path: title,
            family: title,
            program: opened.program,
            usual: (try opened.description.object("pretrained_cfg"), opened.origin(of: self))
        ).named(as: tensors)
        var sizes = try classes(tensors, graph.program)
        if let images = try images(description, opened) { sizes[images.name] = images.sizes }
        do {
            if !sizes.isEmpty { graph.program = try graph.program.resized(sizes, file: graph.path) }
        } catch {
            throw ModelError(error, graph: title)
        }
        var classifier = try graph.classifier(tensors, description)
        classifier.architecture = name
        classifier.options.removeAll { $0.name == "graph" }
        return classifier
    }

    /// What timm's constructor may be told that changes nothing once the model is trained.
    private static let arguments: Set<String> = [
        "num_classes", "drop_rate", "drop_path_rate", "proj_drop_rate", "attn_drop_rate", "drop_block_rate",
        "pos_drop_rate", "patch_drop_rate", "drop_connect_rate", "in_chans", "pretrained", "checkpoint_path",
    ]

    private func check(_ description: ModelDescription, _ opened: Opened) throws(ModelError) {
        guard let root = try description.configuration else { return }
        let arguments = try root.object("model_args")
        // Where a model has no word for it, it takes the mean.
        let usual = try opened.description.string("global_pool") ?? "avg"
        for (fields, name) in [(root, "global_pool"), (arguments, "global_pool")] {
            guard let pooling = try fields.string(name), pooling != usual else { continue }
            throw fields.wrong(name, "\"\(usual)\", of which the graph of \(title) is; for others --graph")
        }
        let others = arguments.others(than: Self.arguments.union(["global_pool"]))
        if let first = others.keys.min() {
            throw arguments.wrong(
                first.onOneLine.abridged,
                "none, for the graph of \(title) is of its defaults; for others --graph"
            )
        }
    }

    /// Tensors, by the names of the graph's values, that have another number of classes than the graph.
    private func classes(_ tensors: ModelTensors, _ program: ExportedProgram) throws(ModelError) -> [String:
        [Int]]
    {
        var found: [String: [Int]] = [:]
        for (value, tensor, own) in program.stored {
            guard let its = tensors.shapes[tensor], its != own else { continue }
            guard program.fits(its, own) else {
                throw tensors.wrong(tensor, "shape \(own) as \(title) has", its)
            }
            found[value] = its
        }
        return found
    }

    /// The input's name and shape where the description's images are of another size than the graph's.
    private func images(_ description: ModelDescription, _ opened: Opened) throws(ModelError) -> (
        name: String, sizes: [Int]
    )? {
        guard let pretrained = try description.configuration?.pretrainedConfiguration,
            let size = try pretrained.integers("input_size", count: 3),
            let input = opened.program.sources.first(where: { $0.source == .input })?.name,
            let own = opened.program.tensors[input]?.sizes.map(\.factor), own.count == 4,
            Array(own.dropFirst()) != size
        else { return nil }
        guard own[1] == size[0], try opened.description.boolean("any_size") == true else {
            throw pretrained.wrong(
                "input_size",
                "\(own.dropFirst().map(String.init).joined(separator: " × ")), of which images the graph of \(title) is; for "
                    + "others --graph"
            )
        }
        return (input, [own[0]] + size)
    }
}

extension KnownArchitecture {
    /// The graph, and what is said of it.
    struct Opened: Sendable {
        let program: ExportedProgram
        private let text: String
        private let path: String

        init(program: ExportedProgram, text: String, path: String) {
            self.program = program
            self.text = text
            self.path = path
        }

        /// As timm would write it, of the library's default weights.
        var description: DescriptionFields {
            let root = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
            return DescriptionFields(path: path, prefix: "", values: root ?? [:])
        }

        /// Whose way to feed images that is.
        func origin(of architecture: KnownArchitecture) throws(ModelError) -> String {
            try description.string("weights").map { "torchvision's \($0)" } ?? "that of \(architecture.title)"
        }

        /// What stands before the names of its tensors in a checkpoint's; nil where they are not there.
        func prefix(in tensors: ModelTensors) -> String? {
            let names = program.readTensors
            return names.allSatisfy(tensors.has) ? "" : tensors.prefix(before: names)
        }

        /// Whether these are its tensors, by name and shape, but for the number of classes, and no others.
        func makes(_ tensors: ModelTensors) -> Bool {
            guard let prefix = prefix(in: tensors) else { return false }
            let fits = program.stored.allSatisfy { _, tensor, shape in
                tensors.shapes[prefix + tensor].map { program.fits($0, shape) } ?? false
            }
            let known = Set(program.sources.compactMap { _, source in source.tensor.map { prefix + $0 } })
            return fits && tensors.shapes.keys.allSatisfy(known.contains)
        }
    }

    private static let cache = Mutex<[Int: Opened]>([:])

    /// Reads the graph, once.
    func opened() throws(ModelError) -> Opened {
        if let known = Self.cache.withLock({ $0[index] }) { return known }
        let graph = ca_graph_at(index)
        let path = title
        do {
            let file = MappedFile(
                name: path,
                bytes: UnsafeRawBufferPointer(start: graph.bytes, count: graph.count)
            )
            let opened = Opened(
                program: try ExportedProgram(file),
                text: try ExportedProgram.member("config.json", of: file),
                path: path
            )
            Self.cache.withLock { $0[index] = opened }
            return opened
        } catch {
            throw ModelError(error, graph: title)
        }
    }
}

extension ExportedProgram {
    /// What it reads of a state dict: the name of the graph's value, that of the tensor, and its shape.
    fileprivate var stored: [(value: String, tensor: String, shape: [Int])] {
        let wanted = Set(readTensors)
        return sources.compactMap { value, source in
            guard let tensor = source.tensor, wanted.contains(tensor), let sizes = tensors[value]?.sizes
            else {
                return nil
            }
            return (value, tensor, sizes.map(\.factor))
        }
    }

    /// Whether two shapes of a tensor are the same, but for the number of classes.
    ///
    /// * `own`: the program's
    fileprivate func fits(_ shape: [Int], _ own: [Int]) -> Bool {
        let classes = outputs.first.flatMap { tensors[$0]?.sizes.last?.factor }
        return own.count == shape.count && zip(own, shape).allSatisfy { $0 == $1 || $0 == classes }
    }
}
