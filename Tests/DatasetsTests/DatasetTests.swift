import Foundation
import TestSupport
import Testing

@testable import Datasets

/// The formulas of make_datasets.py.
private func pixel(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> Int { (n * 31 + h * 7 + w * 3 + c * 11) % 256 }
private func float(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> Float { Float(n * 2 + c - h) + Float(w) / 4 }
private let answers: [Int32] = [0, 3, 6, 9, 2, 5]

@Suite struct DatasetTests {
    private func read(_ data: Dataset, _ samples: [Int], _ normalisation: Normalisation) throws -> [Float] {
        var images = [Float](repeating: .nan, count: samples.count * data.imageLength)
        try data.read(samples, normalisation: normalisation, into: &images)
        return images
    }

    private func sizes(_ data: Dataset) -> [Int] { [data.count, data.channels, data.height, data.width] }

    private func images(_ samples: [Int], channels: Int, _ value: (Int, Int, Int, Int) -> Float) -> [Float] {
        samples.flatMap { n in
            (0..<channels).flatMap { c in (0..<4).flatMap { h in (0..<5).map { w in value(n, c, h, w) } } }
        }
    }

    static let grey = ["idx:train", "idx:test", "grey_stored.npz"]
    static let colour = ["colour_deflated.npz", "colour.safetensors"]
    static let floats = ["floats_stored.npz", "floats_deflated.npz", "floats.safetensors"]

    @Test(arguments: grey)
    func readsGreyBytes(reference: String) throws {
        let data = try Dataset.open(fixture(reference))
        #expect(data.name == fixture(reference))
        #expect(sizes(data) == [6, 1, 4, 5])
        #expect(data.labels == answers)
        let order = [5, 0, 3, 3]
        let expected = images(order, channels: 1) { n, c, h, w in
            (Float(pixel(n, c, h, w)) / 255 - 0.25) / 0.5
        }
        #expect(try read(data, order, Normalisation(mean: [0.25], std: [0.5])) == expected)
    }

    @Test(arguments: colour)
    func readsInterleavedColours(reference: String) throws {
        let data = try Dataset.open(fixture(reference))
        #expect(sizes(data) == [6, 3, 4, 5])
        #expect(data.labels == answers)
        let (mean, std): ([Float], [Float]) = ([0.1, 0.2, 0.3], [0.5, 0.25, 2])
        let expected = images([4, 1], channels: 3) { n, c, h, w in
            (Float(pixel(n, c, h, w)) / 255 - mean[c]) / std[c]
        }
        #expect(try read(data, [4, 1], Normalisation(mean: mean, std: std)) == expected)
    }

    @Test(arguments: floats)
    func takesFloatsAsTheyAre(reference: String) throws {
        let data = try Dataset.open(fixture(reference))
        #expect(sizes(data) == [6, 3, 4, 5])
        #expect(data.labels == answers)
        let normalisation = Normalisation(mean: [9, 9, 9], std: [9, 9, 9])
        #expect(try read(data, [2, 5, 0], normalisation) == images([2, 5, 0], channels: 3, float))
    }

    @Test(arguments: grey + colour + floats)
    func rangesTakeTheirSamples(reference: String) throws {
        let whole = try Dataset.open(fixture(reference))
        let count = whole.channels
        let normalisation = Normalisation(
            mean: .init(repeating: 0, count: count),
            std: .init(repeating: 1, count: count)
        )
        for (text, range) in [
            ("[2:5]", 2..<5), ("[:4]", 0..<4), ("[3:]", 3..<6), ("[:]", 0..<6), ("[0:1]", 0..<1),
        ] {
            let part = try Dataset.open(fixture(reference) + text)
            #expect(part.count == range.count)
            #expect(part.labels == Array(answers[range]))
            let expected = try read(whole, Array(range), normalisation)
            #expect(try read(part, Array(0..<range.count), normalisation) == expected)
        }
    }

    @Test func plainFilesGoBeforeCompressedOnes() throws {
        let folder = try TemporaryFolder()
        for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
            _ = try folder.write(try bytes(of: fixture("idx/\(name)")), name)
            _ = try folder.write([1, 2, 3], name + ".gz")
        }
        #expect(try Dataset.open(folder.path + ":train").labels == answers)
    }

    @Test func checksAgainstTheModel() throws {
        let data = try Dataset.open(fixture("colour.safetensors[2:5]"))
        try data.checkLabels(classes: 10)
        try data.checkImages(channels: 3, height: 4, width: 5)
        let label = #expect(throws: DatasetError.self) { try data.checkLabels(classes: 9) }
        #expect(
            label?.description.hasSuffix(
                "label of sample 3: expected one of the model's classes 0 to 8, found 9"
            ) == true
        )
        let size = #expect(throws: DatasetError.self) {
            try data.checkImages(channels: 3, height: 5, width: 4)
        }
        #expect(size?.description.contains("expected 3×5×4") == true)
        #expect(size?.found == "3×4×5")
        #expect(throws: DatasetError.self) { try read(data, [0], Normalisation(mean: [0], std: [1])) }
    }

    @Test func namesTheSampleThatIsNotFinite() throws {
        let data = try Dataset.open(fixture("not_a_number.safetensors[1:]"))
        let normalisation = Normalisation(mean: [0, 0, 0], std: [1, 1, 1])
        #expect(try read(data, [0, 1, 2, 4], normalisation).allSatisfy(\.isFinite))
        let error = #expect(throws: DatasetError.self) { try read(data, [0, 3], normalisation) }
        #expect(error?.part == "image of sample 4")
    }

    private static let fashion = "/usr/share/datasets/fashion-mnist"

    /// Zalando's description: 60,000 and 10,000 images of 28 × 28, ten classes of equal size.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: fashion)))
    func readsFashionMNIST() throws {
        for (part, count) in [("train", 60_000), ("test", 10_000)] {
            let data = try Dataset.open("\(Self.fashion):\(part)")
            #expect(sizes(data) == [count, 1, 28, 28])
            let perClass = data.labels.reduce(into: [Int32: Int]()) { $0[$1, default: 0] += 1 }
            #expect(perClass == Dictionary(uniqueKeysWithValues: (0..<10).map { (Int32($0), count / 10) }))
            // The published mean and deviation of the training images' pixels.
            guard part == "train" else { continue }
            var (sum, squares) = (0.0, 0.0)
            for start in stride(from: 0, to: count, by: 1000) {
                let samples = Array(start..<start + 1000)
                for pixel in try read(data, samples, Normalisation(mean: [0], std: [1])) {
                    sum += Double(pixel)
                    squares += Double(pixel) * Double(pixel)
                }
            }
            let mean = sum / Double(count * 784)
            let variance = squares / Double(count * 784) - mean * mean
            #expect(abs(mean - 0.2860) < 5e-5)
            #expect(abs(variance.squareRoot() - 0.3530) < 5e-5)
        }
    }
}
