import Datasets
import Graphs

/// Samples of a data set as a graph wants them: normalised images, and the label as the whole target.
struct DatasetBatch<Samples: RandomAccessCollection<Int> & Sendable>: SampleSource
where Samples.Index == Int {
    let dataset: Dataset
    let normalisation: Normalisation
    let classes: Int
    /// Sample numbers, by position in the batch.
    let samples: Samples
    /// What is wrong with the batch: nothing can be read of it.
    var problem: (any Error)?

    var count: Int { samples.count }

    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) throws {
        if let problem { throw problem }
        let start = samples.startIndex
        let part = samples[(start + positions.lowerBound)..<(start + positions.upperBound)]
        try dataset.read(part, normalisation: normalisation, into: images)
        for (row, position) in positions.enumerated() { targets[row * classes + label(position)] = 1 }
    }

    func label(_ position: Int) -> Int { Int(dataset.labels[samples[samples.startIndex + position]]) }
}
