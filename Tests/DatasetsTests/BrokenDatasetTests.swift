import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct BrokenDatasetTests {
    private func refusal(_ reference: String) -> String? {
        do {
            let data = try Dataset.open(reference)
            var images = [Float](repeating: 0, count: data.count * data.imageLength)
            let normalisation = Normalisation(
                mean: .init(repeating: 0, count: data.channels),
                std: .init(repeating: 1, count: data.channels)
            )
            try data.read(0..<data.count, normalisation: normalisation, into: &images)
            return nil
        } catch let error as any InputError {
            return error.description
        } catch {
            return "not an InputError: \(error)"
        }
    }

    @Test(arguments: [
        ("idx", "found the folder alone"),
        ("idx[0:2]", "found the folder alone"),
        ("idx:validation", "expected :train or :test, found :validation"),
        ("idx:train[0:7]", "0 ≤ a < b ≤ 6, the number of samples, found [0:7]"),
        ("idx:train[3:3]", "found [3:3]"),
        ("idx:train[4:2]", "found [4:2]"),
        ("idx:train[6:]", "found [6:6]"),
        ("idx:train[-3:]", "whole numbers, found [-3:]"),
        ("idx:train[1]", "whole numbers, found [1]"),
        ("idx:train[1:2:3]", "whole numbers, found [1:2:3]"),
        ("idx:train[a:b]", "whole numbers, found [a:b]"),
        ("idx:train[0:99999999999999999999]", "whole numbers"),
        ("grey_stored.npz:train", "expected a folder of IDX or CIFAR files before :train, found a file"),
        ("missing:train", "found nothing there"),
        ("missing.npz", "No such file"),
        ("make_datasets.py", "found a text that begins"),
        (".:train", "expected this file, plain or with .gz, found neither"),
        ("fortran.npz", "(images.npy): header: expected fortran_order False (row-major)"),
        ("doubles.npz", "found '<f8'"),
        ("big_endian.npz", "found '>f4'"),
        ("negative.npz", "label of sample 0: expected a whole number from 0"),
        ("unlabelled.npz", "expected one array labels.npy, found 0 among images.npy"),
        ("not_a_number.safetensors", "image of sample 4"),
    ])
    func refusesWithOneLine(reference: String, says: String) throws {
        let message = try #require(refusal(fixture(reference)))
        #expect(message.contains(says))
        #expect(message.contains(fixture("").dropLast()))
        #expect(!message.contains("\n"))
    }

    static let files = [
        "grey_stored.npz", "colour_deflated.npz", "floats_stored.npz", "floats_deflated.npz",
        "colour.safetensors",
        "idx/train-images-idx3-ubyte", "idx/t10k-images-idx3-ubyte.gz", "idx/t10k-labels-idx1-ubyte.gz",
    ]

    /// Puts changed bytes of a fixture into a folder, with the other IDX files beside them.
    private func place(_ bytes: [UInt8], _ file: String, in folder: TemporaryFolder) throws -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let path = try folder.write(bytes, name)
        return name.contains("idx") ? folder.path + (name.hasPrefix("train") ? ":train" : ":test") : path
    }

    private func neighbours(in folder: TemporaryFolder) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture("idx")) {
            _ = try folder.write(try bytes(of: fixture("idx/\(name)")), name)
        }
    }

    @Test(arguments: files)
    func refusesFilesCutAnywhere(file: String) throws {
        let folder = try TemporaryFolder()
        try neighbours(in: folder)
        let whole = try bytes(of: fixture(file))
        #expect(refusal(try place(whole, file, in: folder)) == nil)
        for length in 0..<whole.count {
            let message = refusal(try place(Array(whole[..<length]), file, in: folder))
            #expect(message?.contains(folder.path) == true, "cut to \(length) bytes")
            #expect(message?.contains("\n") == false)
        }
    }

    /// Any byte changed: refused in one line or read as something else, never a crash.
    @Test(arguments: files)
    func survivesAnyChangedByte(file: String) throws {
        let folder = try TemporaryFolder()
        try neighbours(in: folder)
        let whole = try bytes(of: fixture(file))
        for index in whole.indices {
            for value: UInt8 in [0, 0xFF, whole[index] ^ 1] {
                var changed = whole
                changed[index] = value
                let message = refusal(try place(changed, file, in: folder))
                #expect(message?.contains("\n") != true)
                #expect(message?.hasPrefix("not an") != true)
            }
        }
    }

    /// Deflated pixels carry a checksum, in gzip and in zip.
    @Test func noticesChangedPixels() throws {
        let folder = try TemporaryFolder()
        try neighbours(in: folder)
        for file in ["colour_deflated.npz", "idx/t10k-labels-idx1-ubyte.gz"] {
            var changed = try bytes(of: fixture(file))
            // The middle of the npz lies in its first member's data; in the gzip file byte 26 is the checksum's.
            changed[file.hasSuffix("npz") ? 200 : 26] ^= 0x10
            #expect(refusal(try place(changed, file, in: folder)) != nil)
        }
    }

    /// 4 billion images of 4 billion by 28 pixels, claimed by a few bytes: refused before anything is allocated.
    @Test func refusesShapesThatCannotBe() throws {
        let folder = try TemporaryFolder()
        try neighbours(in: folder)
        for shape: [UInt8] in [
            [255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 28],
            [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
            [0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28], [0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 5],
        ] {
            _ = try folder.write([0, 0, 8, 3] + shape, "train-images-idx3-ubyte")
            let message = refusal(folder.path + ":train")
            #expect(message?.contains(folder.path) == true)
        }
    }
}
