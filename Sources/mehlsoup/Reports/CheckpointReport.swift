import Checkpoints
import Diagnostics
import Tensors
import VisionModels

/// A checkpoint: its tensors, the model they make, and what would be mixed of it.
struct CheckpointReport: Report {
    struct Container: Encodable, Equatable {
        let format: String
        let files: Int
        /// What tells which file holds which tensor; nil of one file.
        let index: String?
        /// The entry of a training checkpoint that the weights come from.
        let wrapper: String?
        /// What these are said to be: raw or averaged.
        let weights: String?
        /// Its entries with other weights, which are not read.
        let unread: [String]
        /// What was taken off all names.
        let prefix: String
    }

    struct Tensor: Encodable, Equatable {
        let name: String
        let shape: [Int]
        let type: String
        /// Nil without a model, and outside it.
        let layer: String?
        /// What becomes of it in a soup; nil without a model.
        let role: TensorRole?
    }

    /// How much of it the lines tell; `short` leaves out the list of tensors.
    enum Detail { case full, short, none }

    let kind = "checkpoint"
    let path: String
    let container: Container
    /// Numbers of any kind.
    let parameters: Int
    let model: Model?
    /// Why there is no model.
    let note: String?
    let tensors: [Tensor]
    let tied: [TiedTensor]
    var detail = Detail.full
    let checkpoint: Checkpoint
    let vision: VisionModel?

    private enum CodingKeys: CodingKey { case kind, path, container, parameters, model, note, tensors, tied }

    /// * `architecture`: the graph of a model of no known family
    /// * `first`: the first of several; where this one is like it, its description stands for what is missing of this one's
    init(
        _ file: Checkpoint,
        _ architecture: ArchitectureFile? = nil,
        beside first: CheckpointReport? = nil
    ) throws {
        checkpoint = file
        path = file.path
        container = Container(file.listing)
        parameters = file.tensors.values.reduce(0) { $0 + $1.count }
        var found: (vision: VisionModel, roles: TensorRoles)?
        var note: String?
        do {
            let vision = try Self.model(of: file, architecture, first)
            found = (vision, try TensorRoles(of: file, layout: vision.graph.layout))
        } catch let error as any InputError {
            note = "tensors only: \(error)".onOneLine
        }
        self.note = note
        vision = found?.vision
        model = found.map { Model($0.vision, $0.roles) }
        tied = found?.roles.tied.map { TiedTensor(name: $0.name, sameAs: $0.parameter) } ?? []
        tensors = Self.tensors(file, found)
    }

    private static func tensors(
        _ file: Checkpoint,
        _ found: (vision: VisionModel, roles: TensorRoles)?
    ) -> [Tensor] {
        guard let found else {
            return file.tensors.values.map {
                Tensor(name: $0.name, shape: $0.shape, type: $0.type.rawValue, layer: nil, role: nil)
            }
        }
        let parameters = found.vision.graph.layout.parameters
        let layers = Dictionary(parameters.map { ($0.name, $0.layer) }) { first, _ in first }
        let tied = Set(found.roles.tied.map(\.name))
        return file.tensors.values.map { tensor in
            let layer = layers[tensor.name]
            return Tensor(
                name: tensor.name,
                shape: tensor.shape,
                type: tensor.type.rawValue,
                layer: layer,
                role: layer != nil ? .mixed : tied.contains(tensor.name) ? .tied : .carried
            )
        }
    }

    var lines: [String] {
        guard detail != .none else { return [] }
        let types = Set(tensors.map(\.type)).sorted().joined(separator: ", ")
        let lines =
            ["\(path.onOneLine): checkpoint, \(container.text)"]
            + (model.map { $0.lines } ?? note.map { ["  \($0)"] } ?? [])
            + ["  \(parameters.of("parameter")) in \(tensors.count.of("tensor")) of \(types)"]
            + (model.map { $0.mixture.lines } ?? [])
            + tied.map { "  tied: \($0.name.onOneLine) gets the numbers of \($0.sameAs.onOneLine)" }
        guard detail == .full else { return lines }
        return lines
            + table(
                ["tensor", "shape", "type"] + (model == nil ? [] : ["layer"]),
                tensors.map { tensor in
                    [tensor.name.onOneLine, tensor.shape.shapeText, tensor.type]
                        + (model == nil ? [] : [tensor.layer ?? "(\(tensor.role?.rawValue ?? ""))"])
                }
            )
    }
}

/// What becomes of a tensor in a soup.
enum TensorRole: String, Encodable {
    case mixed
    /// Another name of a mixed one's numbers.
    case tied
    /// Copied from the first ingredient.
    case carried
}

struct TiedTensor: Encodable, Equatable {
    let name: String
    /// The parameter with the same numbers.
    let sameAs: String
}

extension CheckpointReport.Container {
    init(_ listing: CheckpointListing) {
        format = listing.container.rawValue
        files = listing.files.count
        index = listing.index?.name
        wrapper = listing.wrapper
        weights = listing.kind?.rawValue
        unread = listing.unread.map(\.name)
        prefix = listing.prefix
    }

    private var kind: String { weights.map { "\($0) " } ?? "" }

    /// "PyTorch in 2 files (pytorch_model.bin.index.json), raw weights under "model", names without "module."".
    var text: String {
        format + (index.map { " in \(files.of("file")) (\($0.onOneLine))" } ?? "")
            + (wrapper.map { ", \(kind)weights under \"\($0.onOneLine)\"" } ?? "")
            + (unread.isEmpty ? "" : " (not those under \(unread.joined(separator: ", ")))")
            + (prefix.isEmpty ? "" : ", names without \"\(prefix.onOneLine)\"")
    }
}
