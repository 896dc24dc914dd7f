import Diagnostics
import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Folders of images per class, CIFAR's binary files, and data sets made of them.
struct ImageFolderTests {
    private static let plain = Normalisation(mean: [0, 0, 0], std: [1, 1, 1])

    /// Pixels that Pillow makes of an image by the transform `tiny`, as channels × height × width numbers.
    private static func pillows(_ name: String) throws -> [Float] {
        let entry = try #require(
            PillowTests.cases.first {
                $0.file == name && $0.transform != nil && $0.mode == "RGB" && $0.height == 14
            }
        )
        let all = try bytes(of: fixture("images/expected.bin"))[entry.offset..<entry.offset + 14 * 14 * 3]
        let pixels = Array(all)
        return (0..<3).flatMap { channel in (0..<196).map { Float(pixels[$0 * 3 + channel]) / 255 } }
    }

    private static func read(_ data: Dataset, _ samples: [Int]) throws -> [[Float]] {
        var numbers = [Float](repeating: -1, count: samples.count * data.imageLength)
        try numbers.withUnsafeMutableBufferPointer { buffer in
            let base = try #require(buffer.baseAddress)
            try data.read(samples, normalisation: plain, into: base)
        }
        return samples.indices.map { Array(numbers[$0 * data.imageLength..<($0 + 1) * data.imageLength]) }
    }

    /// Classes "b" (inner folder too), "a" and "Z": the order of their bytes is Z, a, b.
    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (place, name) in [
            ("a/2.png", "png_palette.png"), ("a/10.JPG", "jpeg_progressive.jpg"),
            ("b/x.webp", "webp_lossy.webp"),
            ("b/in/1.jpg", "jpeg_cmyk.jpg"), ("Z/1.jpeg", "jpeg_exif6.jpg"), (".hidden/1.jpg", "tall.jpg"),
        ] {
            let directory = "\(folder.path)/\(Files.folder(of: place))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            _ = try folder.write(try bytes(of: fixture("images/\(name)")), place)
        }
        _ = try folder.write(Array("notes".utf8), "a/notes.txt")
        return folder
    }

    private static let order = [
        "jpeg_exif6.jpg", "jpeg_progressive.jpg", "png_palette.png", "webp_lossy.webp", "jpeg_cmyk.jpg",
    ]

    /// Without labels, images beside the folders count as well.
    @Test func aFolderWithoutClasses() throws {
        let folder = try Self.folder()
        _ = try folder.write(try bytes(of: fixture("images/png_palette.png")), "c.png")
        let data = try Dataset.open(folder.path, labelled: false, transform: .tiny)
        #expect(!data.isLabelled && data.labels == [0, 0, 0, 0, 0, 0] as [Int32])
        #expect(
            try Self.read(data, Array(0..<6))
                == (["png_palette.png"] + Self.order).map { try Self.pillows($0) }
        )
        #expect(try Dataset.open("\(folder.path)[2:5]", labelled: false, transform: .tiny).count == 3)
        let empty = try TemporaryFolder()
        #expect(throws: DatasetError.self) {
            try Dataset.open(empty.path, labelled: false, transform: .tiny)
        }
    }

    @Test func aFolderPerClass() throws {
        let folder = try Self.folder()
        let data = try Dataset.open(folder.path, transform: .tiny)
        #expect(data.labels == [0, 1, 1, 2, 2] as [Int32])
        #expect(data.isDecoded && data.isNormalised && data.decodedBytes == 588)
        #expect((data.channels, data.height, data.width) == (3, 14, 14))
        #expect(
            try Self.read(data, [4, 0, 1, 2, 3]) == [4, 0, 1, 2, 3].map { try Self.pillows(Self.order[$0]) }
        )
        // A range takes every class by its share: b's first, the one of Z, a's second.
        let part = try Dataset.open("\(folder.path)/[1:4]", transform: .tiny)
        #expect(part.labels == [0, 1, 2] as [Int32])
        #expect(try Self.read(part, [1]) == [try Self.pillows("png_palette.png")])
    }

    private static func open(_ folder: TemporaryFolder, _ names: [Int: String]) throws -> Dataset {
        let model = ModelClasses(count: 9, names: ClassNames(names))
        return try Dataset.open(folder.path, transform: .tiny, for: model)
    }

    @Test func theModelsOwnLabels() throws {
        let folder = try Self.folder()
        let known = try Self.open(folder, [7: "a", 1: "b", 4: "Z"])
        #expect(known.labels == [4, 7, 7, 1, 1] as [Int32])
        #expect(known.openingDoubts == [])
        let other = try Self.open(folder, [0: "ant", 1: "bee", 2: "cat"])
        #expect(other.labels == [0, 1, 1, 2, 2] as [Int32])
        #expect(other.openingDoubts.map(\.weight).first == .refusal)
        // One that is missing would give all others the wrong number.
        let error = try #require(throws: DatasetError.self) { try Self.open(folder, [7: "a", 1: "b"]) }
        #expect(error.description.hasPrefix("\(folder.path)/Z: ") && error.description.hasSuffix("found Z"))
    }

    @Test func asManyFoldersAsClasses() throws {
        let folder = try Self.folder()
        func doubts(_ classes: Int) throws -> [Doubt] {
            let model = ModelClasses(count: classes)
            return try Dataset.open(folder.path, transform: .tiny, for: model).doubts(of: model, Self.plain)
        }
        #expect(try doubts(3).filter { $0.weight == .refusal } == [])
        let refusals = try doubts(4).filter { $0.weight == .refusal }.map(\.text)
        #expect(refusals.count == 1 && refusals[0].contains("3 folders for the model's 4 classes"))
        #expect(refusals[0].contains("(Z, a, b)"))
        #expect(try !doubts(4).contains { $0.text.contains("no image") })
        let timms = ModelClasses(count: 3, order: .natural)
        let inner = try Dataset.open(folder.path, transform: .tiny, for: timms).openingDoubts.map(\.text)
        #expect(inner.contains { $0.hasPrefix("\(folder.path)/b/in: ") && $0.contains("timm's reader") })
        let data = try Dataset.open(folder.path, transform: .tiny)
        try data.checkLabels(classes: 3)
        let error = try #require(throws: DatasetError.self) { try data.checkLabels(classes: 2) }
        #expect(error.description.hasSuffix("each of the model's 2 classes, found 3: Z, a, b"))
    }

    /// Kept, held for the step or decoded anew: always the same bytes.
    @Test(arguments: [0, 2 * 588, 1 << 20]) func theBudgetChangesNothing(_ bytes: Int) throws {
        let folder = try Self.folder()
        let expected = try Self.order.map { try Self.pillows($0) }
        do {
            let budget = ImageBudget(bytes: bytes)
            let data = try Dataset.open(folder.path, transform: .tiny, budget: budget)
            for _ in 0..<3 {
                data.prepare([3, 1, 0], threads: 2)
                #expect(try Self.read(data, [0, 1, 2, 3, 4]) == expected)
                data.prepare([2], threads: 1)
                #expect(try Self.read(data, [4, 2]) == [expected[4], expected[2]])
            }
            #expect(budget.used == min(bytes / 588, 5) * 588)
        }
    }

    @Test func manyThreadsReadWhileOthersDecode() throws {
        let folder = try Self.folder()
        let expected = try Self.order.map { try Self.pillows($0) }
        let data = try Dataset.open(folder.path, transform: .tiny, budget: ImageBudget(bytes: 1000))
        for _ in 0..<30 {
            data.prepare([4, 3, 2, 1, 0], threads: 3)
            DispatchQueue.concurrentPerform(iterations: 6) { item in
                let sample = item % 5
                #expect((try? Self.read(data, [sample])) == [expected[sample]])
            }
        }
    }

    @Test func visitorsAreReadWhereTheyAre() throws {
        let folder = try Self.folder()
        let data = try Dataset.open(folder.path, transform: .tiny)
        let visitor = [UInt8](repeating: 51, count: data.decodedBytes)
        try visitor.withUnsafeBufferPointer { buffer in
            data.visit([2: try #require(buffer.baseAddress)])
            #expect(try Self.read(data, [2]) == [[Float](repeating: 0.2, count: 588)])
            data.visit([:])
        }
        #expect(try Self.read(data, [2]) == [try Self.pillows(Self.order[2])])
    }

    @Test func brokenImagesAreNamedAndCanBeLeftOut() throws {
        let folder = try Self.folder()
        let whole = try bytes(of: fixture("images/large.jpg"))
        _ = try folder.write(Array(whole[..<(whole.count / 2)]), "a/broken.jpg")
        let data = try Dataset.open(folder.path, transform: .tiny)
        #expect(data.count == 6)
        let error = #expect(throws: DatasetError.self) { _ = try Self.read(data, [2, 3]) }
        #expect(error?.file == "\(folder.path)/a/broken.jpg" || error?.file == "\(folder.path)/a/2.png")
        let bad = data.labels.indices.compactMap { data.problem($0) }
        #expect(bad.map(\.place) == [3])
        #expect(
            bad.first?.problem.hasPrefix("\(folder.path)/a/broken.jpg: expected a sound JPEG image") == true
        )
        let left = try data.leavingOut(bad)
        #expect(left.labels == [0, 1, 1, 2, 2] as [Int32])
        #expect(try Self.read(left, [0, 1, 2, 3, 4]) == Self.order.map { try Self.pillows($0) })
        let all = data.labels.indices.map { Dataset.BadImage(place: $0, problem: "") }
        #expect(throws: DatasetError.self) { try data.leavingOut(all) }
    }

    @Test func theDigestIsThatOfWhatDecidesTheResult() throws {
        let folder = try Self.folder()
        let data = try Dataset.open(folder.path, transform: .tiny)
        let digest = try data.digest()
        #expect(try Dataset.open(folder.path, transform: .tiny).digest() == digest)
        var other = ImageTransform.tiny
        other.interpolation = .bilinear
        #expect(try Dataset.open(folder.path, transform: other).digest() != digest)
        let labels = try Self.open(folder, [0: "Z", 2: "a", 1: "b"])
        #expect(try labels.digest() != digest)
        _ = try folder.write(try bytes(of: fixture("images/jpeg_exif8.jpg")), "Z/1.jpeg")
        #expect(try Dataset.open(folder.path, transform: .tiny).digest() != digest)
    }

    @Test func wrongFoldersAreExplained() throws {
        let folder = try TemporaryFolder()
        func problem(_ transform: ImageTransform? = .tiny) -> String {
            do {
                _ = try Dataset.open(folder.path, transform: transform)
                return ""
            } catch { return "\(error)" }
        }
        #expect(problem().contains("no folders in it"))
        for name in ["train", "val"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)",
                withIntermediateDirectories: true
            )
        }
        #expect(problem().contains("name one of them, as in \(folder.path)/train"))
        _ = try folder.write([], "train/x")
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/cat",
            withIntermediateDirectories: true
        )
        #expect(problem().contains("/cat: expected images"))
        _ = try folder.write([], "cat/1.gif")
        #expect(problem().contains("a name ending in .gif"))
    }

    @Test func withoutAModelOnlyArraysAndCIFARHaveASize() throws {
        let folder = try Self.folder()
        let error = #expect(throws: DatasetError.self) { try Dataset.open(folder.path) }
        #expect(error?.found == "a folder of images per class")
    }

    @Test(arguments: [1, 2]) func cifar(_ labelBytes: Int) throws {
        let folder = try TemporaryFolder()
        func record(_ image: Int) -> [UInt8] {
            let planes = (0..<3072).map { UInt8(($0 * 7 + image * 31) % 256) }
            return (labelBytes == 2 ? [9] : []) + [UInt8(image % 10)] + planes
        }
        let names = labelBytes == 1 ? (1...5).map { "data_batch_\($0).bin" } : ["train.bin"]
        for (index, name) in names.enumerated() {
            _ = try folder.write(record(2 * index) + record(2 * index + 1), name)
        }
        _ = try folder.write(record(8), labelBytes == 1 ? "test_batch.bin" : "test.bin")
        let train = try Dataset.open("\(folder.path):train")
        #expect(train.labels == (0..<Int32(2 * names.count)).map { $0 })
        #expect((train.channels, train.height, train.width) == (3, 32, 32))
        let expected = (0..<3072).map { Float(($0 * 7 + 31) % 256) / 255 }
        #expect(try Self.read(train, [1]) == [expected])
        #expect(try Dataset.open("\(folder.path):test").labels == [8] as [Int32])
        let small = try Dataset.open("\(folder.path):test", transform: .tiny)
        #expect((small.height, small.width) == (14, 14))
        #expect(throws: DatasetError.self) { try Dataset.open(folder.path) }
        _ = try folder.write(record(8) + [0], labelBytes == 1 ? "test_batch.bin" : "test.bin")
        #expect(throws: DatasetError.self) { try Dataset.open("\(folder.path):test") }
    }
}
