import Datasets
import Graphs
import Kernels
import Randomness

/// A training batch: samples of a data set, varied and with smoothed or mixed labels.
///
/// Everything random depends on the batch's stream and the sample's position in the batch alone, so that lanes and
/// threads may fill their parts in any order.
struct TrainingBatch: SampleSource {
    let dataset: Dataset
    let samples: [Int]
    let classes: Int
    let normalisation: Normalisation
    /// What comes in at the edges of a shifted image, per channel.
    let black: [Float]
    let augmentation: Augmentation
    let smoothing: Float
    let stream: RandomStream

    var count: Int { samples.count }

    func label(_ position: Int) -> Int { Int(dataset.labels[samples[position]]) }

    func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) throws {
        try dataset.read(samples[positions], normalisation: normalisation, into: images)
        let length = dataset.imageLength
        guard augmentation.mixup > 0, count > 1 else {
            for (row, position) in positions.enumerated() {
                vary(images + row * length, position, "own")
                addTarget(position, weight: 1, to: targets + row * classes)
            }
            return
        }
        let mixtures = positions.map(mixture)
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: positions.count * length) { room in
            guard let others = room.baseAddress else { return }
            let partners = mixtures.map { samples[$0.partner] }
            try dataset.read(partners, normalisation: normalisation, into: others)
            for (row, position) in positions.enumerated() {
                let (partner, share) = mixtures[row]
                vary(images + row * length, position, "own")
                vary(others + row * length, position, "partner")
                planes(images + row * length).blend(with: others + row * length, share: share)
                let target = targets + row * classes
                addTarget(position, weight: share, to: target)
                addTarget(partner, weight: 1 - share, to: target)
            }
        }
    }

    /// Another position of the batch, and the share that the sample keeps of itself.
    private func mixture(_ position: Int) -> (partner: Int, share: Float) {
        var stream = stream.split("mixup", position)
        let partner = (position + 1 + stream.index(below: count - 1)) % count
        return (partner, Float(Augmentation.ownShare(alpha: augmentation.mixup, &stream)))
    }

    private func vary(_ image: UnsafeMutablePointer<Float>, _ position: Int, _ purpose: String) {
        var stream = stream.split(purpose, position)
        augmentation.apply(to: planes(image), black: black, &stream)
    }

    private func planes(_ image: UnsafeMutablePointer<Float>) -> ImagePlanes {
        ImagePlanes(
            base: image,
            channels: dataset.channels,
            height: dataset.height,
            width: dataset.width
        )
    }

    private func addTarget(_ position: Int, weight: Float, to target: UnsafeMutablePointer<Float>) {
        smoothedTarget(
            label: label(position),
            classes: classes,
            smoothing: smoothing,
            weight: weight,
            addTo: target
        )
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
