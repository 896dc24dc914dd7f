import Datasets
import Graphs
import VisionModels

/// What every rank opens and checks before a pool is made.
struct PoolMaterials {
    let dataset: Dataset
    let heldout: Dataset?
    let evaluation: Dataset?
    let normalisation: Normalisation
    let transformer: VisionTransformer
    let graph: Graph

    /// - Throws: an `InputError` where a data set cannot be read, or does not go with the training data or the model.
    init(_ settings: PoolSettings) throws {
        dataset = try Dataset.open(settings.data)
        transformer = try settings.transformer(for: dataset)
        graph = try transformer.graph()
        heldout = try Self.open(settings.heldoutData, transformer)
        evaluation = try Self.open(settings.evaluationData, transformer)
        normalisation = try Normalisation.measured(on: dataset)
    }

    private static func open(_ reference: String?, _ transformer: VisionTransformer) throws -> Dataset? {
        guard let reference else { return nil }
        let dataset = try Dataset.open(reference)
        try dataset.checkImages(
            channels: transformer.channels,
            height: transformer.height,
            width: transformer.width
        )
        try dataset.checkLabels(classes: transformer.classes)
        return dataset
    }
}

extension PoolSettings {
    /// Greatest number of classes, so that one wrong label does not ask for a head of gigabytes.
    static let mostClasses = 100_000

    /// The model for a data set: one class per label up to the greatest.
    func transformer(for dataset: Dataset) throws(TrainingError) -> VisionTransformer {
        let classes = Int(dataset.labels.max() ?? 0) + 1
        guard (2...Self.mostClasses).contains(classes) else {
            throw TrainingError(
                "--data \(data)",
                expected: "labels of 2 to \(Self.mostClasses) classes, numbered from 0",
                found: "a greatest label of \(classes - 1)"
            )
        }
        let (height, width) = (dataset.height, dataset.width)
        let patch = patch ?? Self.suitablePatch(height: height, width: width)
        guard height.isMultiple(of: patch), width.isMultiple(of: patch) else {
            throw TrainingError(
                "--patch-size",
                expected: "a divisor of the images' \(height)×\(width) pixels",
                found: "\(patch)"
            )
        }
        return VisionTransformer(
            channels: dataset.channels,
            height: height,
            width: width,
            patch: patch,
            embedding: embedding,
            depth: depth,
            heads: heads,
            hidden: 2 * embedding,
            classes: classes
        )
    }

    /// The greatest common divisor of both sides up to 16 that leaves at least 16 patches; 1 where there is none.
    static func suitablePatch(height: Int, width: Int) -> Int {
        stride(from: 16, through: 1, by: -1).first { side in
            height.isMultiple(of: side) && width.isMultiple(of: side)
                && (height / side) * (width / side) >= 16
        } ?? 1
    }
}
