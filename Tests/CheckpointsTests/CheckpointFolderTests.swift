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

    /// Names of frameworks' own states are known; what only begins so is told by what is in it.
    @Test func modelsNamedAfterTheirOptimizers() throws {
        let folder = try folder(["base.safetensors", "optimizer.pt", "scheduler_1.bin", "rng_state_3.pth"])
        let header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
        for name in ["optimizer_sgd.safetensors", "scheduler.cosine.safetensors"] {
            _ = try folder.write(safetensors(header, data: [0, 0, 0, 0]), name)
        }
        _ = try folder.write([0x80, 2, 0x4E, 0x2E], "optimizer_last.pt")
        #expect(
            try found([""], in: folder) == [
                "base.safetensors", "optimizer_sgd.safetensors", "scheduler.cosine.safetensors",
            ]
        )
        let doubts = PoolListing.doubts([PoolListing([folder.path])]).map(\.text)
        #expect(
            doubts == [
                "\(folder.path): passed over, for no model's weights are in them: optimizer.pt, optimizer_last.pt, "
                    + "rng_state_3.pth, scheduler_1.bin"
            ]
        )
    }

    /// What a pool of runs leaves out, and the words that say so.
    static let passedOver: [(holds: [String], says: [String])] = [
        (
            ["c/checkpoint-500/model.safetensors", "c/checkpoint-1000/model.safetensors"],
            [
                "deeper: c (checkpoint-500, checkpoint-1000)", "/c/checkpoint-1000",
            ]
        ),
        (["c/version_0/checkpoints/epoch=9.ckpt"], ["deeper: c (version_0/checkpoints)"]),
        (["c/flax_model.msgpack", "c/config.json"], ["c (Flax's flax_model.msgpack)"]),
        (["c/tf_model.h5"], ["c (TensorFlow's or Keras's tf_model.h5)"]),
        (["c/config.json", "d/config.json", "e/log.txt"], ["no weights (a run that failed?): c, d"]),
        (["c/model.safetensors", "c/coefficients.json", "c/metrics.json"], ["as a soup: c;"]),
        (["a/optimizer.pt", "b/optimizer.pt"], ["are in them: optimizer.pt (2 times)"]),
        (["model.onnx"], ["model.onnx (ONNX)"]),
        (["last.th"], ["do not end as a checkpoint's: last.th"]),
        (["a/pytorch_model.bin.index.json"], ["a/pytorch_model.bin.index.json (model.safetensors is read)"]),
        (["a/logs/x.txt", "notes/x.txt"], []),
    ]

    @Test(arguments: passedOver.indices) func whatIsPassedOverIsNamed(index: Int) throws {
        let (holds, says) = Self.passedOver[index]
        let folder = try folder(["a/model.safetensors", "b/model.safetensors"] + holds)
        #expect(try found([""], in: folder) == ["a/model.safetensors", "b/model.safetensors"])
        let doubts = PoolListing.doubts([PoolListing([folder.path])])
        #expect(doubts.count == (says.isEmpty ? 0 : 1))
        for words in says { #expect(doubts.first?.text.contains(words) == true, "\(doubts)") }
    }

    /// A run's weights may lie on the disk of another rank: no rank then says that there are none.
    @Test func whatAnotherRankHasIsNotMissed() throws {
        let here = try folder(["a/model.safetensors", "b/config.json", "c/config.json"])
        let there = try folder(["b/model.safetensors", "a/config.json", "c/config.json"])
        let doubts = PoolListing.doubts([PoolListing([here.path]), PoolListing([there.path])])
        #expect(doubts.map(\.text).filter { $0.contains("failed?): c") }.count == 1 && doubts.count == 1)
    }

    /// As `from_pretrained` looks for them: a file before shards, safetensors before PyTorch's.
    @Test func theLibrarysOwnChoice() throws {
        let order = [
            "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
            "pytorch_model.bin.index.json",
        ]
        for first in order.indices {
            let folder = try folder(order[first...].map { "a/\($0)" } + ["b/model.safetensors"])
            #expect(try found([""], in: folder) == ["a/\(order[first])", "b/model.safetensors"])
            #expect(try found(["/a"], in: folder) == ["a/\(order[first])"])
        }
    }

    @Test func aTwinIsNamedOnlyWhereItDiffers() throws {
        let folder = try TemporaryFolder()
        let header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
        let model = safetensors(header, data: littleEndian([1, 2]))
        _ = try folder.write(model, "model.safetensors")
        _ = try folder.write(model, "pytorch_model.bin")
        #expect(PoolListing.doubts([PoolListing([folder.path])]).isEmpty)
        _ = try folder.write(safetensors(header, data: littleEndian([1, 3])), "pytorch_model.bin")
        let doubts = PoolListing.doubts([PoolListing([folder.path])])
        #expect(doubts.map(\.weight) == [.warning])
        #expect(doubts.first?.text.contains("pytorch_model.bin (model.safetensors is read)") == true)
    }

    @Test func checkpointsThatLieDeeperAreNamed() throws {
        let folder = try folder([
            "a/checkpoint-500/model.safetensors", "a/checkpoint-1000/model.safetensors",
            "b/checkpoint-500/model.safetensors",
        ])
        let error = try #require(throws: FileError.self) { try found([""], in: folder) }
        let path = folder.path
        #expect(
            error.problem.hasSuffix(
                "found none; checkpoints lie deeper, as \(path)/a/checkpoint-500: say which with a glob, as in "
                    + "'\(path)/*/checkpoint-1000'"
            ),
            "\(error)"
        )
    }

    /// Paths, and what tells them apart.
    static let names: [(paths: [String], names: [String])] = [
        (["pool/r1/model.safetensors"], ["r1"]),
        (["pool/r1/model.safetensors.index.json", "pool/r2/model.safetensors"], ["r1", "r2"]),
        (["pool/r1/best.pth", "pool/r2/last.pth"], ["best.pth", "last.pth"]),
        (["model.safetensors"], ["model.safetensors"]),
        (
            ["t/20240100-vit/model_best.pth.tar", "t/20240101-vit/model_best.pth.tar"],
            [
                "20240100-vit", "20240101-vit",
            ]
        ),
        (
            ["o/lr1/checkpoint-1000/model.safetensors", "o/lr2/checkpoint-1000/model.safetensors"],
            [
                "lr1", "lr2",
            ]
        ),
        (
            ["o/lr1/checkpoint-500/model.safetensors", "o/lr1/checkpoint-1000/model.safetensors"]
                + ["o/lr2/checkpoint-500/model.safetensors"],
            ["lr1/checkpoint-500", "lr1/checkpoint-1000", "lr2/checkpoint-500"]
        ),
        (
            ["l/version_0/checkpoints/epoch=9.ckpt", "l/version_1/checkpoints/epoch=9.ckpt"],
            ["version_0", "version_1"]
        ),
        (
            ["version_0/checkpoints/a.ckpt", "version_0/checkpoints/b.ckpt", "version_1/checkpoints/a.ckpt"],
            ["version_0/a.ckpt", "version_0/b.ckpt", "version_1/a.ckpt"]
        ),
        (["a/m.pt", "./b/m.pt", "c/n.pt"], ["a/m.pt", "b/m.pt", "c/n.pt"]),
        (["m.pt", "b/m.pt"], ["m.pt", "b/m.pt"]),
    ]

    @Test(arguments: names.indices) func namesTellIngredientsApart(index: Int) {
        #expect(IngredientNames.of(Self.names[index].paths) == Self.names[index].names)
    }
}
