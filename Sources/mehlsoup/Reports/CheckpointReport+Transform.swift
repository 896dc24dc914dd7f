import Datasets
import VisionModels

extension CheckpointReport {
    /// How image files become the model's input.
    struct Transform: Encodable, Equatable {
        let resize: String
        let interpolation: String
        /// Height and width of the centre crop; nil for none.
        let crop: [Int]?
        let mean: [Float]
        let std: [Float]
        /// Whose it is where the description says nothing of it.
        let origin: String?
    }
}

extension CheckpointReport.Transform {
    init(_ vision: VisionModel) {
        let transform = vision.transform
        resize =
            switch transform.resize {
            case .none: "not resized"
            case .shortestEdge(let side): "shorter side to \(side)"
            case .longestEdge(let side): "longer side to \(side)"
            case .exact(let height, let width): "resized to \([height, width].shapeText)"
            case .covering(let height, let width): "resized to cover \([height, width].shapeText)"
            }
        interpolation = transform.interpolation.rawValue
        crop = transform.crop.map { [$0.height, $0.width] }
        mean = transform.mean
        std = transform.std
        origin = vision.transformOrigin
    }

    var line: String {
        func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ", ") }
        let origin = origin.map { " (as \($0); pretrained_cfg in a config.json says otherwise)" } ?? ""
        let crop = crop.map { ", centre \($0.shapeText)" } ?? ""
        return "  image files: \(resize), \(interpolation)\(crop)\(origin); pixels of 0 to 1 by mean "
            + "\(list(mean)) and std \(list(std))"
    }
}
