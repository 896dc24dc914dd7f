import Kernels
import Randomness

/// Samples of a data set as they go into a batch: read, varied, and with smoothed or mixed labels.
///
/// Everything random depends on the stream and a sample's key alone (and with mixup on which samples the batch has), so
/// that ranks, lanes and threads may fill their parts in any order and of any size.
package struct AugmentedSamples: Sendable {
    /// What an image's variation is drawn by, within `stream`.
    package enum Key: Sendable {
        /// The place in the batch: for a stream per step.
        case position
        /// The sample's number: for a stream per epoch, whatever the order and the batches.
        case sample
    }

    package let dataset: Dataset
    /// Sample numbers, by position in the batch.
    package let samples: [Int]
    package let classes: Int
    private let normalisation: Normalisation
    private let augmentation: Augmentation
    private let smoothing: Float
    private let stream: RandomStream
    private let key: Key
    private let black: [Float]

    /// * `smoothing`: what of a target is spread over all classes
    package init(
        dataset: Dataset,
        samples: [Int],
        classes: Int,
        normalisation: Normalisation,
        augmentation: Augmentation,
        smoothing: Float = 0,
        stream: RandomStream,
        key: Key
    ) {
        self.dataset = dataset
        self.samples = samples
        self.classes = classes
        self.normalisation = normalisation
        self.augmentation = augmentation
        self.smoothing = smoothing
        self.stream = stream
        self.key = key
        black = normalisation.black(of: dataset)
    }

    package var count: Int { samples.count }

    package func label(_ position: Int) -> Int { Int(dataset.labels[samples[position]]) }

    /// Writes the images and target distributions of the samples at `positions`.
    ///
    /// * `images`: room for positions × `dataset.imageLength` numbers
    /// * `targets`: positions × classes; zeros before, rows that sum to 1 after
    /// * throws what `Dataset.read` throws
    package func fill(
        _ positions: Range<Int>,
        images: UnsafeMutablePointer<Float>,
        targets: UnsafeMutablePointer<Float>
    ) throws {
        try dataset.read(samples[positions], normalisation: normalisation, into: images)
        vary(images, positions, "own")
        guard augmentation.mixup > 0, count > 1 else {
            for (row, position) in positions.enumerated() {
                addTarget(position, weight: 1, to: targets + row * classes)
            }
            return
        }
        let mixtures = positions.map(mixture)
        let length = dataset.imageLength
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: positions.count * length) { room in
            guard let others = room.baseAddress else { return }
            let partners = mixtures.map { samples[$0.partner] }
            try dataset.read(partners, normalisation: normalisation, into: others)
            vary(others, positions, "partner")
            for (row, position) in positions.enumerated() {
                let (partner, share) = mixtures[row]
                ImagePlanes(images, row, of: dataset).blend(with: others + row * length, share: share)
                let target = targets + row * classes
                addTarget(position, weight: share, to: target)
                addTarget(partner, weight: 1 - share, to: target)
            }
        }
    }

    /// Another position of the batch, and the share that the sample keeps of itself.
    private func mixture(_ position: Int) -> (partner: Int, share: Float) {
        var stream = stream.split("mixup", key(of: position))
        let partner = (position + 1 + stream.index(below: count - 1)) % count
        return (partner, Float(Augmentation.ownShare(alpha: augmentation.mixup, &stream)))
    }

    private func vary(_ images: UnsafeMutablePointer<Float>, _ positions: Range<Int>, _ purpose: String) {
        let keys = positions.lazy.map(key(of:))
        augmentation.apply(
            to: images,
            of: dataset,
            keys: keys,
            black: black,
            stream: stream,
            purpose: purpose
        )
    }

    private func key(of position: Int) -> Int {
        switch key {
        case .position: position
        case .sample: samples[position]
        }
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
