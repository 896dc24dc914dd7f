import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// What is possible and looks wrong about data.
struct DataDoubtTests {
    private static let half = Normalisation(mean: [0.5], std: [0.5])

    /// A safetensors file of images and labels.
    private static func write(_ images: String, _ bytes: [UInt8], shape: [Int], _ labels: [Int64])
        throws -> (TemporaryFolder, String)
    {
        let labelBytes = labels.flatMap { label in
            (0..<8).map { UInt8(truncatingIfNeeded: label >> (8 * $0)) }
        }
        let end = bytes.count + labelBytes.count
        let header = Array(
            ("{\"images\":{\"dtype\":\"\(images)\",\"shape\":\(shape),\"data_offsets\":[0,\(bytes.count)]},"
                + "\"labels\":{\"dtype\":\"I64\",\"shape\":[\(labels.count)],\"data_offsets\":[\(bytes.count),\(end)]}}")
                .utf8
        )
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        let folder = try TemporaryFolder()
        return (folder, try folder.write(length + header + bytes + labelBytes, "data.safetensors"))
    }

    /// Doubts about a data set of tiny images with these labels.
    private static func doubts(_ labels: [Int64], range: String = "", classes: Int) throws -> [Doubt] {
        let bytes = [UInt8](repeating: 7, count: labels.count * 4)
        let (folder, path) = try write("U8", bytes, shape: [labels.count, 2, 2], labels)
        return try withExtendedLifetime(folder) {
            try Dataset.open(path + range).doubts(of: ModelClasses(count: classes), half)
        }
    }

    private static func doubts(floats: [Float], _ normalisation: Normalisation = half) throws -> [Doubt] {
        let bytes = floats.flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
        }
        let labels = [Int64](repeating: 0, count: floats.count / 4)
        let (folder, path) = try write("F32", bytes, shape: [labels.count, 1, 2, 2], labels)
        return try withExtendedLifetime(folder) {
            try Dataset.open(path).doubts(of: ModelClasses(count: 1), normalisation)
        }
    }

    @Test func classesWithoutAnImage() throws {
        #expect(try Self.doubts([0, 1, 2, 0], classes: 3) == [])
        let doubts = try Self.doubts([0, 2, 0, 2], classes: 5)
        #expect(doubts.map(\.weight) == [.warning])
        #expect(doubts.first?.text.contains("3 of the model's 5 classes have no image (1, 3, 4)") == true)
        let named = ModelClasses(count: 2, names: ClassNames([0: "ant", 1: "bee"]))
        let (folder, path) = try Self.write("U8", [1, 2, 3, 4], shape: [1, 2, 2], [0])
        try withExtendedLifetime(folder) {
            let text = try Dataset.open(path).doubts(of: named, Self.half).first?.text
            #expect(text?.contains("1 of the model's 2 classes has no image (bee)") == true)
        }
    }

    @Test func labelsThatStartAtOne() throws {
        let doubts = try Self.doubts([1, 2, 3, 1], classes: 10)
        #expect(doubts.map(\.weight) == [.warning])
        #expect(doubts.first?.text.contains("labels that start at 1 are one too high") == true)
        let (folder, path) = try Self.write("U8", Array(1...12), shape: [3, 2, 2], [1, 2, 3])
        try withExtendedLifetime(folder) {
            let data = try Dataset.open(path)
            let error = try #require(throws: DatasetError.self) { try data.checkLabels(classes: 3) }
            #expect(
                error.description.hasSuffix(
                    "labels: expected the model's classes 0 to 2, found 1 to 3: they seem to start at 1"
                )
            )
        }
    }

    @Test func rangesOfDataThatLieClassAfterClass() throws {
        let sorted = (0..<40).map { Int64($0 / 10) }
        #expect(try Self.doubts(sorted, classes: 4) == [])
        let doubts = try Self.doubts(sorted, range: "[5:35]", classes: 4)
        #expect(doubts.map(\.weight) == [.warning])
        #expect(doubts.first?.text.contains("lie class after class") == true)
        let part = try Self.doubts(sorted, range: "[0:10]", classes: 4)
        #expect(part.map { $0.text.contains("(1 of its 4 classes)") } == [true, false])
        let mixed = (0..<40).map { Int64($0 * 7 % 4) }
        #expect(try Self.doubts(mixed, range: "[0:10]", classes: 4) == [])
    }

    /// What torchvision's ToTensor and Normalize make of pixels, and what they do not.
    @Test func floatImages() throws {
        let pixels: [Float] = [0, 0.2, 0.5, 1, 0.1, 0.9, 1, 0]
        #expect(try Self.doubts(floats: pixels.map { ($0 - 0.5) / 0.5 }) == [])
        let unit = try Self.doubts(floats: pixels)
        #expect(unit.map(\.weight) == [.refusal])
        #expect(unit.first?.text.contains("go from 0 to 1, as of pixels scaled to 0 … 1") == true)
        #expect(unit.first?.text.contains("makes -1 to 1 of pixels") == true)
        let bytes = try Self.doubts(floats: pixels.map { $0 * 255 })
        #expect(bytes.map(\.weight) == [.refusal])
        #expect(bytes.first?.text.contains("go from 0 to 255, as of pixels from 0 to 255") == true)
        // ImageNet's mean and deviation, where the model has a half.
        #expect(try Self.doubts(floats: pixels.map { ($0 - 0.485) / 0.229 }).map(\.weight) == [.refusal])
        // A model that takes pixels as they are, one that takes them from 0 to 255, and taps that overshoot.
        let (plain, large) = (Normalisation(mean: [0], std: [1]), Normalisation(mean: [0], std: [1 / 255]))
        #expect(try Self.doubts(floats: pixels, plain) == [])
        #expect(try Self.doubts(floats: pixels.map { $0 * 255 }, large) == [])
        #expect(try Self.doubts(floats: pixels, large).map(\.weight) == [.refusal])
        #expect(try Self.doubts(floats: pixels.map { ($0 - 0.5) / 0.45 }) == [])
    }

    /// 12 images a class of 10: what `[0:24]` and `[24:]` part is every class by its share.
    @Test func rangesOfFoldersTakeEveryClassByItsShare() {
        let labels = (0..<120).map { Int32($0 / 12) }
        let first = LabelOrder.evenly(0..<24, of: labels)
        let shares = Dictionary(grouping: first) { labels[$0] }.mapValues(\.count)
        #expect(shares.count == 10 && shares.values.allSatisfy { (2...3).contains($0) })
        let rest = LabelOrder.evenly(24..<120, of: labels)
        #expect((first + rest).sorted() == Array(0..<120))
        #expect(LabelOrder.evenly(0..<120, of: labels) == Array(0..<120))
        // 90 of one class and 10 of another: of each tenth nine and one.
        let uneven = (0..<100).map { Int32($0 < 90 ? 0 : 1) }
        for start in stride(from: 0, to: 100, by: 10) {
            let part = LabelOrder.evenly(start..<start + 10, of: uneven)
            #expect(part.count { uneven[$0] == 1 } == 1)
        }
    }

    @Test func sharedImagesAreCounted() throws {
        // 30 images of 3×3 pixels, no two alike.
        let bytes = (0..<270).map { (place: Int) -> UInt8 in UInt8((place * 7 + place / 9 * 3) % 251) }
        let labels = [Int64](repeating: 0, count: 30)
        let (folder, path) = try Self.write("U8", bytes, shape: [30, 3, 3], labels)
        let (other, copy) = try Self.write(
            "U8",
            Array(bytes[90...]),
            shape: [20, 3, 3],
            Array(labels[10...])
        )
        let (wide, wider) = try Self.write("U8", bytes, shape: [15, 3, 6], Array(labels[15...]))
        try withExtendedLifetime((folder, other, wide)) {
            let whole = try Dataset.open(path)
            #expect(try Dataset.open("\(path)[5:15]").countShared(with: Dataset.open("\(path)[0:10]")) == 5)
            #expect(try Dataset.open(copy).countShared(with: whole) == 20)
            #expect(try whole.countShared(with: Dataset.open(copy)) == 20)
            #expect(try Dataset.open("\(path)[0:10]").countShared(with: Dataset.open(copy)) == 0)
            #expect(try Dataset.open(wider).countShared(with: whole) == nil)
        }
    }

    /// Files and members of archives alike.
    @Test func sharedImageFilesAreCounted() throws {
        let images = try ["large.jpg", "png_alpha.png", "webp_lossy.webp", "jpeg_cmyk.jpg"].map {
            try bytes(of: fixture("images/\($0)"))
        }
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("a"), withIntermediateDirectories: true)
        for (index, image) in images[..<3].enumerated() { _ = try folder.write(image, "a/\(index).jpg") }
        let members = images[1...].enumerated().flatMap { index, image in
            [("\(index).jpg", image), ("\(index).cls", Array("0".utf8))]
        }
        let shard = try folder.write(TarFile.archive(members), "shard.tar")
        let files = try Dataset.open(folder.path, transform: .tiny)
        #expect(try Dataset.open(shard, transform: .tiny).countShared(with: files) == 2)
        #expect(try files.countShared(with: Dataset.open(fixture("idx:train"))) == nil)
    }
}
