import Foundation
import TestSupport
import Testing

/// Image files on the command line.
@Suite struct ImageCommandTests {
    private static let model = "\(poolFixture)/model_00.safetensors"
    private static let shard = fixture("DatasetsTests/Fixtures/shards/more.tar")

    /// Eight sound images in two classes, as a folder per class.
    private static func folder(broken: Bool) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for label in ["cat", "dog"] {
            try FileManager.default.createDirectory(
                atPath: folder.file(label),
                withIntermediateDirectories: false
            )
            for name in ["large.jpg", "png_alpha.png", "webp_lossy.webp", "jpeg_cmyk.jpg"] {
                let image = try bytes(of: fixture("DatasetsTests/Fixtures/images/\(name)"))
                _ = try folder.write(image, "\(label)/\(name)")
            }
        }
        if broken {
            let image = try bytes(of: fixture("DatasetsTests/Fixtures/images/large.jpg"))
            _ = try folder.write(Array(image[..<9000]), "dog/cut.jpg")
        }
        return folder
    }

    @Test func evaluatesAFolderPerClass() throws {
        let folder = try Self.folder(broken: false)
        let arguments = ["evaluate", "--model", Self.model, "--data", folder.path, "--json"]
        let alone = try Program.run(arguments)
        #expect(alone.status == 0, "\(alone.errors)")
        #expect(alone.json["count"] as? Int == 8)
        let together = try Program.run(
            arguments + ["--image-memory", "0"],
            environment: MPI.environment,
            launcher: MPI.launcher(3)
        )
        #expect(together.status == 0, "\(together.errors)")
        #expect(together.lines.last == alone.lines.last)
    }

    @Test func learnsOnShardsAlikeOnAnyRanks() throws {
        let folders = try [1, 2].map { ranks in
            let folder = try TemporaryFolder()
            let run = try Program.run(
                [
                    "learn", "--models", poolFixture, "--data", Self.shard, "--eval-data",
                    "\(Self.shard)[1:3]",
                    "--out", folder.path, "--epochs", "2", "--batch-size", "3", "--on-bad-image", "skip",
                ],
                environment: MPI.environment,
                launcher: ranks == 1 ? [] : MPI.launcher(ranks)
            )
            #expect(run.status == 0, "\(run.errors)")
            return folder
        }
        #expect(try folders[0].bytes("trace.pb") == folders[1].bytes("trace.pb"))
        #expect(try folders[0].bytes("model.safetensors") == folders[1].bytes("model.safetensors"))
        let configuration = String(decoding: try folders[0].bytes("config.yaml"), as: UTF8.self)
        #expect(configuration.contains("on-bad-image: skip"))
    }

    @Test(arguments: [1, 2]) func aBrokenImageEndsTheRunOrIsListed(ranks: Int) throws {
        let folder = try Self.folder(broken: true)
        let arguments = ["evaluate", "--model", Self.model, "--data", folder.path, "--json"]
        let launcher = ranks == 1 ? [] : MPI.launcher(ranks)
        let stopped = try Program.run(arguments, environment: MPI.environment, launcher: launcher)
        #expect(stopped.status == 2, "\(stopped.errors)")
        #expect(
            stopped.errors.contains("\(folder.path)/dog/cut.jpg: expected a sound JPEG image"),
            "\(stopped.errors)"
        )
        let skipped = try Program.run(
            arguments + ["--on-bad-image", "skip"],
            environment: MPI.environment,
            launcher: launcher
        )
        #expect(skipped.status == 0, "\(skipped.errors)")
        #expect(skipped.json["count"] as? Int == 8)
        #expect(skipped.errors.contains("1 broken image left out of 9:"), "\(skipped.errors)")
        #expect(skipped.errors.contains("\(folder.path)/dog/cut.jpg: expected a sound JPEG image"))
    }

    @Test func inspectsFoldersAndShards() throws {
        let folder = try Self.folder(broken: true)
        let run = try Program.run(["inspect", folder.path, Self.shard, "--json"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("9 samples in a folder of images per class, 2 classes"), "\(run.output)")
        #expect(run.output.contains("0 (cat): 4  1 (dog): 5"), "\(run.output)")
        #expect(run.output.contains("4 samples in a tar file, 2 classes"), "\(run.output)")
    }

    @Test(arguments: [
        WrongInput("an unknown way", ["--on-bad-image", "stop, skip"]) {
            $0.learn("--on-bad-image", "ignore")
        },
        WrongInput("less than no memory", ["--image-memory", "at least 0"]) {
            $0.learn("--image-memory", "-1")
        },
        WrongInput("a folder of one kind of image only", ["a folder of images per class", "no folders"]) {
            try FileManager.default.createDirectory(
                atPath: "\($0.path)/flat",
                withIntermediateDirectories: false
            )
            return $0.learn(data: "\($0.path)/flat")
        },
        WrongInput("no such shards", ["shard-0.tar", "nothing there"]) {
            $0.learn(data: "\($0.path)/shard-{0..3}.tar")
        },
        WrongInput("a pool of images of no size", ["folder of images per class", "no model says"]) {
            scratch in
            let folder = "\(scratch.path)/images/a"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let image = try bytes(of: fixture("DatasetsTests/Fixtures/images/png_grey.png"))
            _ = try scratch.write(image, "images/a/1.png")
            return [
                "ingredients", "--data", "\(scratch.path)/images", "--count", "2", "--out",
                "\(scratch.path)/made",
            ]
        },
    ]) func refusals(wrong: WrongInput) throws { try wrong.expectRefusal() }
}
