import Randomness
import Testing

@testable import Datasets

/// Images of every kind of source, varied as they are read: six of 4×5 pixels, no two of one class.
@Suite struct AugmentedSamplesTests {
    static let sources = [
        "idx:test", "grey_stored.npz", "colour_deflated.npz", "colour.safetensors", "floats.safetensors",
    ]
    private static let classes = 10
    private static let all = Array(0..<6)

    private struct Opened {
        let dataset: Dataset
        let normalisation: Normalisation
        /// The images as read, by sample.
        let plain: [[Float]]

        init(_ reference: String) throws {
            let dataset = try Dataset.open(fixture(reference))
            let channels = dataset.channels
            let normalisation = Normalisation(
                mean: (0..<channels).map { 0.1 + 0.2 * Float($0) },
                std: (0..<channels).map { 0.5 + 0.25 * Float($0) }
            )
            plain = try AugmentedSamplesTests.all.map { sample in
                var image = [Float](repeating: .nan, count: dataset.imageLength)
                try dataset.read([sample], normalisation: normalisation, into: &image)
                return image
            }
            self.dataset = dataset
            self.normalisation = normalisation
        }

        /// What a byte of 0 is read as; float images know no black, and get 0.
        var black: [Float] {
            let isByte = dataset.name.contains("floats") == false
            return zip(normalisation.mean, normalisation.std).map { isByte ? (0 / 255 - $0) / $1 : 0 }
        }

        /// The image moved and then perhaps mirrored, pixel by pixel.
        func moved(_ image: [Float], down: Int, right: Int, mirrored: Bool = false) -> [Float] {
            let (height, width) = (dataset.height, dataset.width)
            return (0..<image.count).map { index in
                let (channel, place) = index.quotientAndRemainder(dividingBy: height * width)
                let column = mirrored ? width - 1 - place % width : place % width
                let from = (row: place / width - down, column: column - right)
                guard (0..<height).contains(from.row), (0..<width).contains(from.column) else {
                    return black[channel]
                }
                return image[(channel * height + from.row) * width + from.column]
            }
        }
    }

    private func filled(
        _ opened: Opened,
        _ augmentation: Augmentation,
        _ samples: [Int] = all,
        parts: [Range<Int>]? = nil,
        epoch: Int = 0,
        seed: UInt64 = 1,
        key: AugmentedSamples.Key = .sample
    ) throws -> (images: [[Float]], targets: [[Float]]) {
        let batch = AugmentedSamples(
            dataset: opened.dataset,
            samples: samples,
            classes: Self.classes,
            normalisation: opened.normalisation,
            augmentation: augmentation,
            stream: RandomStream(seed: seed).split("augmentation", epoch),
            key: key
        )
        var images = [[Float]](repeating: [], count: samples.count)
        var targets = images
        let length = opened.dataset.imageLength
        for part in parts ?? [0..<samples.count] {
            var pixels = [Float](repeating: .nan, count: part.count * length)
            var rows = [Float](repeating: 0, count: part.count * Self.classes)
            try batch.fill(part, images: &pixels, targets: &rows)
            for (row, position) in part.enumerated() {
                images[position] = Array(pixels[row * length..<(row + 1) * length])
                targets[position] = Array(rows[row * Self.classes..<(row + 1) * Self.classes])
            }
        }
        return (images, targets)
    }

    private func oneHot(_ label: Int32) -> [Float] { (0..<Self.classes).map { $0 == label ? 1 : 0 } }

    @Test(arguments: sources) func unvariedTheyAreAsRead(reference: String) throws {
        let opened = try Opened(reference)
        let found = try filled(opened, Augmentation())
        #expect(found.images == opened.plain)
        #expect(found.targets == opened.dataset.labels.map(oneHot))
    }

    @Test(arguments: sources) func shiftsByUpToSoManyPixels(reference: String) throws {
        let opened = try Opened(reference)
        var seen: Set<[Int]> = []
        for epoch in 0..<20 {
            let found = try filled(opened, Augmentation(shift: 1), epoch: epoch)
            #expect(found.targets == opened.dataset.labels.map(oneHot))
            for (image, plain) in zip(found.images, opened.plain) {
                let offsets = (-1...1).flatMap { down in (-1...1).map { [down, $0] } }
                let fitting = offsets.filter { opened.moved(plain, down: $0[0], right: $0[1]) == image }
                #expect(fitting.count == 1)
                seen.formUnion(fitting)
            }
        }
        // 120 draws of nine: all of them come up.
        #expect(seen.count == 9)
    }

    @Test(arguments: sources) func mirrorsWithItsProbability(reference: String) throws {
        let opened = try Opened(reference)
        let mirrored = opened.plain.map { opened.moved($0, down: 0, right: 0, mirrored: true) }
        #expect(try filled(opened, Augmentation(flip: 1)).images == mirrored)
        var flips = 0
        for epoch in 0..<20 {
            for (sample, image) in try filled(opened, Augmentation(flip: 0.5), epoch: epoch).images
                .enumerated()
            {
                #expect(image == opened.plain[sample] || image == mirrored[sample])
                flips += image == mirrored[sample] ? 1 : 0
            }
        }
        // Of 120, within five standard deviations of half.
        #expect(abs(flips - 60) <= 27)
    }

    private static let many = Augmentation(shift: 2, flip: 0.5, erase: 0.5)

    @Test(arguments: sources) func aSampleIsVariedAlikeInAnyBatchAndPart(reference: String) throws {
        let opened = try Opened(reference)
        let whole = try filled(opened, Self.many).images
        #expect(whole != opened.plain)
        #expect(try filled(opened, Self.many).images == whole)
        #expect(try filled(opened, Self.many, parts: [4..<6, 0..<1, 1..<4]).images == whole)
        let order = [5, 2, 0, 3]
        #expect(try filled(opened, Self.many, order).images == order.map { whole[$0] })
        #expect(try filled(opened, Self.many, [3]).images == [whole[3]])
    }

    @Test func otherEpochsSeedsAndKeysVaryOtherwise() throws {
        let opened = try Opened("grey_stored.npz")
        let first = try filled(opened, Self.many).images
        #expect(try filled(opened, Self.many, epoch: 1).images != first)
        #expect(try filled(opened, Self.many, seed: 2).images != first)
        // By position the same image comes out otherwise at another place, and by sample it does not.
        let twice = [4, 4, 4, 4]
        #expect(try Set(filled(opened, Self.many, twice, key: .position).images).count > 1)
        #expect(try Set(filled(opened, Self.many, twice, key: .sample).images).count == 1)
    }

    /// As no two samples are of one class, a target tells what was mixed and how much of each.
    @Test(arguments: sources) func mixesImagesAsLabels(reference: String) throws {
        let opened = try Opened(reference)
        let labels = opened.dataset.labels
        let found = try filled(opened, Augmentation(mixup: 0.8), parts: [3..<6, 0..<3])
        for (sample, (image, target)) in zip(found.images, found.targets).enumerated() {
            #expect(abs(target.reduce(0, +) - 1) <= 1e-6)
            #expect(target[Int(labels[sample])] >= 0.5)
            let parts = Self.all.map { target[Int(labels[$0])] }
            #expect(parts.filter { $0 > 0 }.count <= 2)
            for (index, value) in image.enumerated() {
                let expected = zip(parts, opened.plain).map { $0 * $1[index] }.reduce(0, +)
                #expect(abs(value - expected) <= 1e-5 * (1 + abs(expected)))
            }
        }
        #expect(found.images != opened.plain)
        // Alone, an image has nothing to be mixed with.
        #expect(try filled(opened, Augmentation(mixup: 0.8), [2]).images == [opened.plain[2]])
    }

    @Test func variesImagesInPlaceAsTheSamplesDo() throws {
        let opened = try Opened("colour.safetensors")
        var images = [5, 1].flatMap { opened.plain[$0] }
        Self.many.apply(
            to: &images,
            of: opened.dataset,
            keys: [5, 1],
            black: opened.normalisation.black(of: opened.dataset),
            stream: RandomStream(seed: 1).split("augmentation", 0)
        )
        #expect(try images == filled(opened, Self.many, [5, 1]).images.flatMap { $0 })
    }
}
