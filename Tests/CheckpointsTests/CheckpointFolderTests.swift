import Files
import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Which of a folder's files are ingredients, by their names alone.
@Suite struct CheckpointFolderTests {
    private func folder(_ files: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for file in files {
            try FileManager.default.createDirectory(
                atPath: Files.folder(of: folder.file(file)),
                withIntermediateDirectories: true
            )
            _ = try folder.write([0], file)
        }
        return folder
    }

    private func found(_ patterns: [String], in folder: TemporaryFolder) throws -> [String] {
        let places = try PoolListing.merged([PoolListing(patterns.map { folder.path + $0 })])
        return places.compactMap { $0.paths[0].map { String($0.dropFirst(folder.path.count + 1)) } }
    }

    /// What a folder holds, and the ingredients in it.
    static let folders: [(holds: [String], gives: [String])] = [
        (
            ["b10.pt", "b9.pt", "a.pth", "c.bin", "d.ckpt", "notes.txt", ".hidden.pt"],
            ["a.pth", "b9.pt", "b10.pt", "c.bin", "d.ckpt"]
        ),
        // A trainer's folder: the model, not what else is saved with it.
        (
            ["model.safetensors", "pytorch_model.bin", "training_args.bin", "optimizer.pt", "scheduler.pt"]
                + ["scaler.pt", "rng_state.pth", "rng_state_0.pth", "optimizer.bin", "config.json"],
            ["model.safetensors"]
        ),
        (["pytorch_model.bin", "training_args.bin"], ["pytorch_model.bin"]),
        (["open_clip_pytorch_model.bin", "open_clip_model.safetensors"], ["open_clip_model.safetensors"]),
        // The same models in two forms.
        (
            ["m1.pt", "m1.safetensors", "m2.v1.pt", "m2.v1.safetensors", "m3.pt"],
            ["m1.safetensors", "m2.v1.safetensors", "m3.pt"]
        ),
        (
            [
                "model.safetensors.index.json", "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
            ],
            ["model.safetensors.index.json"]
        ),
        (
            ["pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin"],
            ["pytorch_model.bin.index.json"]
        ),
        // Folders of one checkpoint each, and others.
        (
            ["run10/model.safetensors", "run10/optimizer.pt", "run9/pytorch_model.bin", "run11/best.pth"]
                + ["run8/model.safetensors.index.json", "logs/x.txt", "config.json"],
            ["run8/model.safetensors.index.json", "run9/pytorch_model.bin", "run10/model.safetensors"]
                + ["run11/best.pth"]
        ),
        // Files go before folders.
        (["model.safetensors", "checkpoint-500/model.safetensors"], ["model.safetensors"]),
        (["base.safetensors", "model_0.safetensors", "ingredients.json"], ["model_0.safetensors"]),
    ]

    @Test(arguments: folders.indices) func ingredientsOf(index: Int) throws {
        let (holds, gives) = Self.folders[index]
        let folder = try folder(holds)
        #expect(try found([""], in: folder) == gives)
        #expect(try found(["/"], in: folder) == gives)
    }

    /// To leave a run out because it kept several would be to lose it without a word.
    @Test func aFolderOfSeveralIsNamed() throws {
        let folder = try folder(["a/model.safetensors", "b/last.pth.tar", "b/best.pth.tar", "c/x.pt"])
        let error = try #require(throws: FileError.self) { try found([""], in: folder) }
        #expect(error.path == folder.file("b"))
        #expect(error.problem.contains("found best.pth.tar, last.pth.tar: "))
        #expect(error.problem.hasSuffix("as in '\(folder.path)/*/best.pth.tar'"))
    }

    @Test func globsTakeFilesAndFolders() throws {
        let folder = try folder([
            "r2/model.safetensors", "r10/pytorch_model.bin", "s/a.pt", "s/b.pt", "r2.pt",
        ])
        #expect(try found(["/r*"], in: folder) == ["r2.pt", "r2/model.safetensors", "r10/pytorch_model.bin"])
        #expect(try found(["/s/*.pt", "/r10"], in: folder) == ["s/a.pt", "s/b.pt", "r10/pytorch_model.bin"])
        let empty = try self.folder(["notes.txt"])
        let error = #expect(throws: FileError.self) { try found([""], in: empty) }
        #expect(
            error?.problem.contains("expected checkpoints (.safetensors, .bin, .pt, .pth, .ckpt, .pth.tar)")
                == true
        )
    }

    @Test func foldersOfAllRanksMakeOnePool() throws {
        let here = try folder(["pool/r1/model.safetensors", "pool/r10/model.safetensors"])
        let there = try folder(["pool/r2/model.safetensors", "pool/r1/model.safetensors"])
        let places = try PoolListing.merged([
            PoolListing([here.file("pool")]), PoolListing([there.file("pool")]),
        ])
        #expect(places.map { $0.paths.map { $0 != nil } } == [[true, true], [false, true], [true, false]])
    }

    @Test func namesTellIngredientsApart() {
        #expect(Checkpoint.name(ofPath: "pool/r1/model.safetensors") == "r1")
        #expect(Checkpoint.name(ofPath: "pool/r1/model.safetensors.index.json") == "r1")
        #expect(Checkpoint.name(ofPath: "pool/r1/best.pth") == "best.pth")
        #expect(Checkpoint.name(ofPath: "model.safetensors") == "model.safetensors")
    }
}
