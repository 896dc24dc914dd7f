import Checkpoints
import Diagnostics
import Files
import Foundation
import Tensors
import VisionModels

/// A checkpoint: its tensors, and the model they make where a description lies beside them.
struct CheckpointReport: Report {
    struct Tensor: Encodable, Equatable {
        let name: String
        let shape: [Int]
        let type: String
        /// Nil without a model.
        let layer: String?
    }

    struct Model: Encodable, Equatable {
        let family: String
        let architecture: String
        /// Channels, height and width.
        let imageSize: [Int]
        let classes: Int
        /// Number of groups by granularity.
        let groups: [String: Int]
    }

    /// How much of it the lines tell; `short` leaves out the list of tensors.
    enum Detail { case full, short, none }

    let kind = "checkpoint"
    let path: String
    let parameters: Int
    let model: Model?
    /// Why there is no model.
    let note: String?
    let tensors: [Tensor]
    var detail = Detail.full

    private enum CodingKeys: CodingKey { case kind, path, parameters, model, note, tensors }

    init(_ file: Checkpoint) throws {
        path = file.path
        parameters = file.tensors.values.reduce(0) { $0 + $1.count }
        let vision: VisionModel?
        do {
            vision = try Self.model(of: file)
            note = vision == nil ? "no config.json beside it: tensors only" : nil
        } catch let error as any InputError {
            vision = nil
            note = "tensors only: \(error)".onOneLine
        }
        model = vision.map(Model.init)
        let layers = vision.map { vision in
            Dictionary(uniqueKeysWithValues: vision.graph.layout.parameters.map { ($0.name, $0.layer) })
        }
        tensors = file.tensors.values.map {
            Tensor(name: $0.name, shape: $0.shape, type: $0.type.rawValue, layer: layers?[$0.name])
        }
    }

    var lines: [String] {
        guard detail != .none else { return [] }
        var lines = ["\(path.onOneLine): checkpoint"]
        if let model {
            let counts = Granularity.allCases.map { "\(model.groups[$0.rawValue] ?? 0) by \($0.rawValue)" }
            lines += [
                """
                  \(model.family) (\(model.architecture.onOneLine)), images \(model.imageSize.shapeText), \
                \(model.classes.of("class", "classes"))
                """,
                "  groups: \(counts.joined(separator: ", "))",
            ]
        } else if let note {
            lines.append("  \(note)")
        }
        let types = Set(tensors.map(\.type)).sorted().joined(separator: ", ")
        lines.append("  \(parameters.of("parameter")) in \(tensors.count.of("tensor")) of \(types)")
        guard detail == .full else { return lines }
        return lines
            + table(
                ["tensor", "shape", "type"] + (model == nil ? [] : ["layer"]),
                tensors.map { tensor in
                    [tensor.name.onOneLine, tensor.shape.shapeText, tensor.type]
                        + (model == nil ? [] : [tensor.layer ?? ""])
                }
            )
    }

    /// Nil where no description lies beside the checkpoint.
    private static func model(of file: Checkpoint) throws -> VisionModel? {
        let shapes = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.key, $0.value.shape) })
        return try VisionModel(ModelDescription(folder: file.folder), shapes: shapes, file: file.path)
    }
}

extension CheckpointReport.Model {
    init(_ vision: VisionModel) {
        family = vision.family
        architecture = vision.architecture
        imageSize = [vision.channels, vision.height, vision.width]
        classes = vision.graph.classes
        groups = Dictionary(
            uniqueKeysWithValues: Granularity.allCases.map { granularity in
                let groups = ParameterGroups(vision.graph.layout, granularity: granularity)
                return (granularity.rawValue, groups.count)
            }
        )
    }
}
