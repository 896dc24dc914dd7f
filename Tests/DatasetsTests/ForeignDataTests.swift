import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Files of another kind than their names say, and data in forms that are not read.
struct ForeignDataTests {
    private static let pointer = Array(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 3\n".utf8
    )
    private static let page = Array("<!DOCTYPE html><html><body>Sign in</body></html>".utf8)

    private static func problem(_ reference: String) -> String {
        do {
            _ = try Dataset.open(reference, transform: .tiny)
            return ""
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        "data.npz", "data.safetensors", "data.tar", "data.parquet", "train-images-idx3-ubyte",
        "train-images-idx3-ubyte.gz",
    ])
    func pointersAndPages(name: String) throws {
        let folder = try TemporaryFolder()
        for (bytes, says) in [
            (Self.pointer, "git lfs pull"), (Self.page, "an HTML page"), ([], "an empty file"),
        ] {
            let path = try folder.write(bytes, name)
            let problem = Self.problem(name.hasPrefix("train") ? "\(folder.path):train" : path)
            #expect(problem.hasPrefix(path) && problem.contains(says), "\(problem)")
        }
    }

    @Test func imagesToo() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("cat"), withIntermediateDirectories: true)
        _ = try folder.write(Self.pointer, "cat/1.jpg")
        let data = try Dataset.open(folder.path, transform: .tiny)
        #expect(data.problem(0)?.problem.contains("found a Git LFS pointer") == true)
    }

    @Test(arguments: ["tar.gz", "tgz", "tar"]) func compressedShards(suffix: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 0, 3], "shard-0.\(suffix)")
        #expect(Self.problem(path).contains("found one compressed with gzip"), "\(Self.problem(path))")
        let both = Self.problem("\(folder.path)/shard-{0..0}.\(suffix)")
        #expect(both.contains("found one compressed with gzip"), "\(both)")
    }

    @Test(arguments: [
        (["data_batch_1", "test_batch", "batches.meta"], "its Python version"),
        (["train", "test", "meta"], "its Python version"), (["data_batch_1.mat"], "its Matlab version"),
    ])
    func otherVersionsOfCIFAR(names: [String], says: String) throws {
        let folder = try TemporaryFolder()
        for name in names { _ = try folder.write([0x80, 2, 0x7D], name) }
        for reference in ["", ":train", ":test[0:5]"] {
            let problem = Self.problem(folder.path + reference)
            #expect(problem.contains("CIFAR's binary version") && problem.contains(says), "\(problem)")
        }
    }
}
