import Datasets
import Graphs

/// A training batch: samples of a data set, varied and with smoothed or mixed labels.
struct TrainingBatch: SampleSource {
    let samples: AugmentedSamples

    var count: Int { samples.count }

    func label(_ position: Int) -> Int { samples.label(position) }

    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) throws {
        try samples.fill(positions, images: images, targets: targets)
    }
}

/// A whole data set in order, unvaried, to measure a model on.
struct EvaluationBatch: SampleSource {
    let dataset: Dataset
    let classes: Int
    let normalisation: Normalisation

    var count: Int { dataset.count }

    func label(_ position: Int) -> Int { Int(dataset.labels[position]) }

    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) throws {
        try dataset.read(positions, normalisation: normalisation, into: images)
        for (row, position) in positions.enumerated() {
            targets[row * classes + label(position)] = 1
        }
    }
}
