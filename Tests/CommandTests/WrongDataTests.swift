import Foundation
import Testing

/// Data sets that cannot be read, or not by this model.
@Suite struct WrongDataTests {
    @Test(arguments: wrongReferences) func references(wrong: WrongInput) throws { try wrong.expectRefusal() }

    @Test(arguments: wrongFiles) func files(wrong: WrongInput) throws { try wrong.expectRefusal() }

    @Test(arguments: wrongContents) func contents(wrong: WrongInput) throws { try wrong.expectRefusal() }
}

private let wrongReferences = [
    WrongInput("no such file", ["nowhere.npz", "No such file"]) { $0.learn(data: "\($0.path)/nowhere.npz") },
    WrongInput("another kind of file", ["config.json", "a .npz"]) {
        $0.learn(data: "\($0.pool)/config.json")
    },
    WrongInput("another part", ["idx:valid", ":train or :test"]) { _ in
        ["evaluate", "--model", "\(poolFixture)/model_00.safetensors", "--data", "idx:valid"]
    },
    WrongInput("a folder without part", ["idx", ":train"]) {
        $0.learn(data: fixture("DatasetsTests/Fixtures/idx"))
    },
    WrongInput("a range beyond the data", ["[0:321]", "b ≤ 320"]) {
        $0.learn(data: "\(heldoutFixture)[0:321]")
    },
    WrongInput("an empty range", ["[5:5]", "a < b"]) { $0.learn(data: "\(heldoutFixture)[5:5]") },
    WrongInput("a range backwards", ["[9:5]", "a < b"]) { $0.evaluate("--data", "\(heldoutFixture)[9:5]") },
    WrongInput("no range", ["[a-b]", "whole numbers"]) { $0.learn(data: "\(heldoutFixture)[a-b]") },
    WrongInput("wrong test data", ["nowhere.npz", "No such file"]) { $0.learn("--eval-data", "nowhere.npz") },
    WrongInput("ingredients: wrong test data", ["nowhere.npz"]) {
        $0.ingredients("--eval-data", "nowhere.npz")
    },
    WrongInput("ingredients: wrong held-out data", ["[0:999]"]) {
        $0.ingredients("--heldout-data", "\(heldoutFixture)[0:999]")
    },
]

/// A folder `idx` with these files of the test half.
private func idx(_ scratch: Scratch, images: [UInt8], labels: [UInt8], suffix: String = "") throws -> String {
    let folder = "\(scratch.path)/idx"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    _ = try scratch.write(images, "idx/t10k-images-idx3-ubyte\(suffix)")
    _ = try scratch.write(labels, "idx/t10k-labels-idx1-ubyte\(suffix)")
    return "\(folder):test"
}

private func bigEndian(_ values: UInt32...) -> [UInt8] { values.flatMap { littleEndian($0).reversed() } }

private let twoImages = bigEndian(0x0803, 2, 12, 12) + [UInt8](repeating: 9, count: 288)
private let twoLabels = bigEndian(0x0801, 2) + [0, 1]

private func brokenArchive(_ scratch: Scratch, _ change: (inout [UInt8]) -> Void) throws -> String {
    var archive = try bytes(of: heldoutFixture)
    change(&archive)
    return try scratch.write(archive, "data.npz")
}

private let wrongFiles = [
    WrongInput("a cut archive", ["data.npz", "a zip file"]) { scratch in
        scratch.learn(data: try brokenArchive(scratch) { $0.removeLast(30) })
    },
    WrongInput("no archive", ["data.npz", "a zip file"]) { scratch in
        scratch.learn(data: try brokenArchive(scratch) { $0 = [UInt8]("hello, world".utf8) })
    },
    WrongInput("a damaged archive", ["data.npz (images.npy)", "corrupt"]) { scratch in
        // The last of the images' compressed bytes lies before the second local header.
        let second: [UInt8] = [0x50, 0x4B, 3, 4]
        let file = try brokenArchive(scratch) { archive in
            let starts = archive.indices.dropLast(4).filter { archive[$0..<$0 + 4].elementsEqual(second) }
            if starts.count > 1 { archive[starts[1] - 1000] ^= 0x55 }
        }
        return scratch.learn(data: file)
    },
    WrongInput("IDX: cut", ["t10k-images-idx3-ubyte", "288 bytes", "found 287"]) { scratch in
        scratch.learn(data: try idx(scratch, images: twoImages.dropLast(), labels: twoLabels))
    },
    WrongInput("IDX: another kind", ["t10k-images-idx3-ubyte", "0 0 8 3"]) { scratch in
        scratch.evaluate("--data", try idx(scratch, images: twoLabels, labels: twoLabels))
    },
    WrongInput("IDX: no labels", ["t10k-labels-idx1-ubyte"]) { scratch in
        let data = try idx(scratch, images: twoImages, labels: twoLabels)
        try FileManager.default.removeItem(atPath: "\(scratch.path)/idx/t10k-labels-idx1-ubyte")
        return scratch.learn(data: data)
    },
    WrongInput("IDX: fewer labels than images", ["labels", "2 integers"]) { scratch in
        scratch.learn(data: try idx(scratch, images: twoImages, labels: bigEndian(0x0801, 1) + [0]))
    },
    WrongInput("IDX: no gzip", ["t10k-images-idx3-ubyte.gz"]) { scratch in
        scratch.learn(data: try idx(scratch, images: twoImages, labels: twoLabels, suffix: ".gz"))
    },
    WrongInput("IDX: cut gzip", ["t10k-images-idx3-ubyte.gz", "cut short"]) { scratch in
        let source = fixture("DatasetsTests/Fixtures/idx")
        let images = try bytes(of: "\(source)/t10k-images-idx3-ubyte.gz").dropLast(12)
        let labels = try bytes(of: "\(source)/t10k-labels-idx1-ubyte.gz")
        return scratch.learn(data: try idx(scratch, images: Array(images), labels: labels, suffix: ".gz"))
    },
    WrongInput("ingredients: a cut archive", ["data.npz", "a zip file"]) { scratch in
        scratch.ingredients("--data", try brokenArchive(scratch) { $0.removeLast(30) })
    },
]

private let wrongContents = [
    WrongInput("a label that the model has no class for", ["label of sample 2", "0 to 4, found 5"]) {
        scratch in
        scratch.learn(data: try scratch.dataset(labels: [0, 4, 5, 1]))
    },
    WrongInput("the same in the test data", ["label of sample 1", "0 to 4, found 9"]) { scratch in
        scratch.learn("--eval-data", try scratch.dataset(labels: [0, 9]))
    },
    WrongInput("a label below zero", ["label of sample 1", "from 0"]) { scratch in
        scratch.evaluate("--data", try scratch.dataset(labels: [0, -1]))
    },
    WrongInput("images of another size", ["images", "1×12×12", "found 1×14×14"]) { scratch in
        scratch.learn(data: try scratch.dataset(labels: [0, 1], shape: [2, 14, 14]))
    },
    WrongInput("images in colour", ["images", "1×12×12", "found 3×12×12"]) { scratch in
        scratch.evaluate("--data", try scratch.dataset(labels: [0, 1], shape: [2, 12, 12, 3]))
    },
    WrongInput("no images", ["at least one sample"]) { scratch in
        scratch.learn(data: try scratch.dataset(labels: []))
    },
    WrongInput("no labels", ["data.safetensors", "a tensor \"labels\""]) { scratch in
        let images = Safetensors.Tensor(name: "images", type: "U8", shape: [1, 1, 1], bytes: [0])
        return scratch.learn(data: try scratch.write(Safetensors([images]).bytes, "data.safetensors"))
    },
    WrongInput(
        "NaN in the last image",
        ["data.safetensors: image of sample 39", "finite"],
        isFoundLate: true
    ) { scratch in
        scratch.learn(data: try floatImages(scratch, last: .nan))
    },
    WrongInput("ingredients: one class", ["--data", "2 to 100000"]) { scratch in
        scratch.ingredients("--data", try scratch.dataset(labels: [0, 0]))
    },
]

/// Forty float32 images of one number and its negative by turns, of which the last number is `last`.
func floatImages(_ scratch: Scratch, _ pixel: Float = 0.5, last: Float) throws -> String {
    var pixels = (0..<40 * 144).map { $0.isMultiple(of: 2) ? pixel : -pixel }
    pixels[pixels.count - 1] = last
    let labels = (0..<40).flatMap { littleEndian(Int64($0 % 5)) }
    return try scratch.write(
        Safetensors([
            .floats("images", [40, 1, 12, 12], pixels),
            .init(name: "labels", type: "I64", shape: [40], bytes: labels),
        ]).bytes,
        "data.safetensors"
    )
}
