import Datasets
import Randomness
import TestSupport
import Testing

@testable import Training

@Suite struct TrainingBatchTests {
    private let folder: TemporaryFolder
    private let dataset: Dataset
    private let normalisation: Normalisation

    init() throws {
        folder = try TemporaryFolder()
        dataset = try Dataset.open(TinyImages.write(40, into: folder))
        normalisation = try .measured(on: dataset)
    }

    private func batch(_ augmentation: Augmentation, smoothing: Float) -> TrainingBatch {
        TrainingBatch(
            samples: AugmentedSamples(
                dataset: dataset,
                samples: Array(5..<25),
                classes: TinyImages.classes,
                normalisation: normalisation,
                augmentation: augmentation,
                smoothing: smoothing,
                stream: RandomStream(seed: 9),
                key: .position
            )
        )
    }

    private func filled(
        _ batch: TrainingBatch,
        _ parts: [Range<Int>]
    ) throws -> (images: [Float], targets: [[Float]]) {
        var images: [Float] = []
        var targets: [[Float]] = []
        for part in parts {
            var pixels = [Float](repeating: .nan, count: part.count * dataset.imageLength)
            var rows = [Float](repeating: 0, count: part.count * TinyImages.classes)
            try batch.fill(part, images: &pixels, targets: &rows)
            images += pixels
            for row in 0..<part.count {
                targets.append(Array(rows[row * TinyImages.classes..<(row + 1) * TinyImages.classes]))
            }
        }
        return (images, targets)
    }

    private let all = Augmentation(shift: 2, flip: 0.5, erase: 0.5, mixup: 0.4)

    @Test func targetsSumToOneAndFavourTheOwnLabel() throws {
        let batch = batch(all, smoothing: 0.1)
        let targets = try filled(batch, [0..<20]).targets
        for (position, target) in targets.enumerated() {
            #expect(abs(target.reduce(0, +) - 1) <= 1e-6)
            #expect(target.allSatisfy { $0 >= 0.1 / 4 - 1e-6 })
            #expect(target[batch.label(position)] >= 0.5 * 0.9)
        }
        // Labels really are mixed: some target has two classes above what smoothing gives.
        #expect(targets.contains { $0.filter { $0 > 0.05 }.count == 2 })
    }

    @Test func smoothingAloneHasItsClosedForm() throws {
        let batch = batch(Augmentation(), smoothing: 0.2)
        for (position, target) in try filled(batch, [0..<20]).targets.enumerated() {
            for (index, value) in target.enumerated() {
                let expected: Float = index == batch.label(position) ? 0.85 : 0.05
                #expect(abs(value - expected) <= 1e-6)
            }
        }
    }

    @Test func unvariedImagesAreTheDatasets() throws {
        var expected = [Float](repeating: 0, count: 20 * dataset.imageLength)
        try dataset.read(5..<25, normalisation: normalisation, into: &expected)
        #expect(try filled(batch(Augmentation(), smoothing: 0), [0..<20]).images == expected)
    }

    @Test func partsFilledInAnyOrderAreTheSame() throws {
        let batch = batch(all, smoothing: 0.1)
        let whole = try filled(batch, [0..<20])
        let parts = [0..<3, 3..<4, 4..<20]
        #expect(try filled(batch, parts).images == whole.images)
        #expect(try filled(batch, parts).targets == whole.targets)
        let reversed = try parts.reversed().map { try filled(batch, [$0]).images }
        #expect(Array(reversed.reversed().joined()) == whole.images)
        #expect(try filled(self.batch(Augmentation(), smoothing: 0), [0..<20]).images != whole.images)
    }

    @Test func normalisedImagesHaveMeanZeroAndDeviationOne() throws {
        var pixels = [Float](repeating: 0, count: 40 * dataset.imageLength)
        try dataset.read(0..<40, normalisation: normalisation, into: &pixels)
        let count = Double(pixels.count)
        let mean = pixels.reduce(0) { $0 + Double($1) } / count
        let square = pixels.reduce(0) { $0 + Double($1) * Double($1) } / count
        #expect(abs(mean) <= 1e-5)
        #expect(abs(square - 1) <= 1e-5)
    }
}
