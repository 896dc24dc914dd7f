import Checkpoints
import Diagnostics
import Tensors
import VisionModels

extension CheckpointReport {
    /// The model that the tensors of a checkpoint make.
    struct Model: Encodable, Equatable {
        struct Option: Encodable, Equatable {
            let name: String
            let value: String
        }

        let family: String
        let architecture: String
        let options: [Option]
        /// Channels, height and width.
        let imageSize: [Int]
        let transform: Transform
        let classes: Int
        /// Number of groups by granularity.
        let groups: [String: Int]
        let mixture: Mixture
    }

    /// What would be mixed of it, and what not.
    struct Mixture: Encodable, Equatable {
        struct Carried: Encodable, Equatable {
            let name: String
            let type: String
            let reason: String
        }

        /// Tensors, and numbers in them.
        let tensors: Int
        let parameters: Int
        /// Tensors among them that are statistics of batch norms.
        let statistics: Int
        let carried: [Carried]
    }

    static func model(
        of file: Checkpoint,
        _ architecture: ArchitectureFile?,
        _ first: CheckpointReport?
    ) throws -> VisionModel {
        try file.checkIsWhole()
        let shapes = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.key, $0.value.shape) })
        var description = try ModelDescription(folder: file.folder, architecture: architecture)
        if let first, let model = first.vision, (try? IngredientPool([first.checkpoint, file])) != nil {
            description = try description.completed(by: model.description)
        }
        return try VisionModel(description, shapes: shapes, file: file.path)
    }
}

extension CheckpointReport.Model {
    init(_ vision: VisionModel, _ roles: TensorRoles) {
        family = vision.family
        architecture = vision.architecture
        options = vision.options.map { Option(name: $0.name, value: $0.value) }
        imageSize = [vision.channels, vision.height, vision.width]
        transform = CheckpointReport.Transform(vision)
        classes = vision.graph.classes
        groups = Dictionary(
            uniqueKeysWithValues: Granularity.allCases.map { granularity in
                let groups = ParameterGroups(vision.graph.layout, granularity: granularity)
                return (granularity.rawValue, groups.count)
            }
        )
        mixture = CheckpointReport.Mixture(
            roles,
            reasons: vision.carried,
            statistics: vision.statistics.count
        )
    }

    /// The family, and what the description calls the model where that says more.
    private var title: String { family.contains(architecture) ? family : "\(family) (\(architecture))" }

    var lines: [String] {
        let counts = Granularity.allCases.map { "\(groups[$0.rawValue] ?? 0) by \($0.rawValue)" }
        return [
            """
              \(title.onOneLine), images \(imageSize.shapeText), \
            \(classes.of("class", "classes"))
            """,
            transform.line,
            "  options: " + options.map { "\($0.name) \($0.value)".onOneLine }.joined(separator: ", "),
            "  groups: \(counts.joined(separator: ", "))",
        ]
    }
}

extension CheckpointReport.Mixture {
    init(_ roles: TensorRoles, reasons: [(name: String, reason: String)], statistics: Int) {
        self.statistics = statistics
        tensors = roles.mixed.count
        parameters = roles.mixed.reduce(0) { $0 + $1.range.count }
        let reasons = Dictionary(reasons.map { ($0.name, $0.reason) }) { first, _ in first }
        carried = roles.carried.map { tensor in
            Carried(
                name: tensor.name,
                type: tensor.type.rawValue,
                reason: reasons[tensor.name] ?? "not part of the model"
            )
        }
    }

    var lines: [String] {
        let mixed =
            "  would be mixed: \(parameters.of("parameter")) in \(tensors.of("tensor"))"
            + (statistics > 0 ? ", \(statistics.grouped) of them statistics of batch normalisation" : "")
        guard !carried.isEmpty else { return [mixed] }
        let reasons = Dictionary(grouping: carried, by: \.reason).sorted { $0.key < $1.key }
        let text = reasons.map { "\($0.onOneLine) \($1.count.grouped)" }.joined(separator: ", ")
        return [
            mixed, "  carried along from the first ingredient: \(carried.count.of("tensor")) (\(text))",
        ]
    }
}
