import Foundation
import TestSupport
import Testing

/// `learn`, and what the other commands make of its files, as people run them.
@Suite(.serialized) struct LearnCommandTests {
    private static let files = ["trace.pb", "coefficients.json", "model.safetensors"]

    @Test(arguments: [2, 4]) func ranksChangeNoByte(ranks: Int) throws {
        let alone = try Soup.shared()
        let folder = try TemporaryFolder()
        let run = try Soup.learn(into: folder, ranks: ranks)
        #expect(run.status == 0, "\(run.errors)")
        for name in Self.files {
            #expect(
                try bytes(of: "\(folder.path)/\(name)") == bytes(of: "\(alone.path)/\(name)"),
                "\(name) on \(ranks) ranks"
            )
        }
        #expect(try folder.names == alone.names)
    }

    @Test func metricsHoldWhatIsPromised() throws {
        let folder = try TemporaryFolder()
        let run = try Soup.learn(
            into: folder,
            ["--json", "--eval-data", "\(heldoutFixture)[0:100]"],
            ranks: 2
        )
        #expect(run.status == 0, "\(run.errors)")
        let metrics = run.json
        let numbers = [
            "heldout_accuracy", "heldout_loss", "test_accuracy", "seconds", "seconds_per_step", "steps",
            "peak_rss_mib", "ranks", "threads", "bytes_sent",
        ]
        for name in numbers { #expect(metrics[name] is NSNumber, "\(name)") }
        #expect(metrics["method"] as? String == "mehl+")
        // Two coefficient blocks, each by two folds of one epoch over 160 images, 64 at a time.
        #expect(metrics["steps"] as? Int == 12)
        #expect(metrics["ranks"] as? Int == 2)
        let file = try JSONSerialization.jsonObject(with: Data(try bytes(of: "\(folder.path)/metrics.json")))
        #expect(file as? NSDictionary == metrics as NSDictionary)
        let loss = try #require(metrics["heldout_loss"] as? Double)
        #expect(loss > 0 && loss < log(5))
    }

    @Test func itsConfigurationGivesTheSameSoup() throws {
        let first = try Soup.shared()
        let folder = try TemporaryFolder()
        let run = try Program.run([
            "learn", "--config", "\(first.path)/config.yaml", "--out", folder.path,
        ])
        #expect(run.status == 0, "\(run.errors)")
        for name in Self.files {
            #expect(try bytes(of: "\(folder.path)/\(name)") == bytes(of: "\(first.path)/\(name)"), "\(name)")
        }
        let lines = try [first, folder].map { folder in
            let text = String(decoding: try bytes(of: "\(folder.path)/config.yaml"), as: UTF8.self)
            return text.split(separator: "\n").filter { !$0.hasPrefix("out:") }
        }
        #expect(lines[0] == lines[1])
    }

    @Test func aSecondRunReplacesTheFirst() throws {
        let first = try Soup.shared()
        let folder = try TemporaryFolder()
        #expect(try Soup.learn(into: folder, ["--seed", "2"]).status == 0)
        #expect(try bytes(of: "\(folder.path)/trace.pb") != bytes(of: "\(first.path)/trace.pb"))
        #expect(try Soup.learn(into: folder).status == 0)
        for name in Self.files {
            #expect(try bytes(of: "\(folder.path)/\(name)") == bytes(of: "\(first.path)/\(name)"), "\(name)")
        }
        #expect(try folder.names == first.names)
    }

    @Test(arguments: [1, 3]) func mixGivesTheSameFile(ranks: Int) throws {
        let soup = try Soup.shared()
        let folder = try TemporaryFolder()
        let run = try Program.run(
            [
                "mix", "--models", poolFixture, "--coefficients", "\(soup.path)/coefficients.json", "--out",
                "\(folder.path)/mixed.safetensors",
            ],
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
        #expect(run.status == 0, "\(run.errors)")
        let mixed = try bytes(of: "\(folder.path)/mixed.safetensors")
        #expect(try mixed == bytes(of: "\(soup.path)/model.safetensors"))
        #expect(try bytes(of: "\(folder.path)/config.json") == bytes(of: "\(poolFixture)/config.json"))
        #expect(try folder.names == ["config.json", "mixed.safetensors"])
    }

    @Test(arguments: [1, 3]) func evaluateAgreesWithTheMetrics(ranks: Int) throws {
        let soup = try Soup.shared()
        let file = try JSONSerialization.jsonObject(with: Data(try bytes(of: "\(soup.path)/metrics.json")))
        let metrics = try #require(file as? [String: Any])
        let run = try Program.run(
            ["evaluate", "--model", "\(soup.path)/model.safetensors", "--data", heldoutFixture, "--json"],
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.json["accuracy"] as? Double == metrics["heldout_accuracy"] as? Double)
        let loss = try #require(run.json["loss"] as? Double)
        let expected = try #require(metrics["heldout_loss"] as? Double)
        // `learn` cuts the images into micro-batches that fit its lanes: where a row stands in a product of float32
        // numbers decides, in some kernel sets, how its sum is rounded.
        #expect(abs(loss - expected) <= 1e-6 * expected)
        let correct = try #require(run.json["correct"] as? Int)
        #expect(run.json["accuracy"] as? Double == Double(correct) / 320)
    }

    @Test(arguments: ["F16", "BF16"]) func theSoupIsStoredAsTheIngredientsAre(type: String) throws {
        let scratch = try Scratch()
        for index in 0..<3 {
            try scratch.changeTensors("model_0\(index).safetensors") { $0 = $0.converted(to: type) }
        }
        let run = try Program.run(scratch.learn("--method", "mehl"))
        #expect(run.status == 0, "\(run.errors)")
        let soup = try Safetensors("\(scratch.out)/model.safetensors")
        let first = try Safetensors("\(scratch.pool)/model_00.safetensors")
        #expect(soup.tensors.map(\.name) == first.tensors.map(\.name))
        #expect(soup.tensors.map(\.shape) == first.tensors.map(\.shape))
        #expect(soup.tensors.allSatisfy { $0.type == type })
        let evaluated = try Program.run([
            "evaluate", "--model", "\(scratch.out)/model.safetensors", "--data", heldoutFixture, "--json",
        ])
        let text = try bytes(of: "\(scratch.out)/metrics.json")
        let metrics = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
        #expect(evaluated.json["accuracy"] as? Double == metrics?["heldout_accuracy"] as? Double)
    }

    @Test func mixTakesIngredientsInAnyOrder() throws {
        let soup = try Soup.shared()
        let folder = try TemporaryFolder()
        let paths = [3, 0, 5, 2, 1, 4].map { "\(poolFixture)/model_0\($0).safetensors" }
        let run = try Program.run(
            ["mix", "--models"] + paths
                + [
                    "--coefficients", "\(soup.path)/coefficients.json", "--out",
                    folder.file("mixed.safetensors"),
                ]
        )
        #expect(run.status == 0, "\(run.errors)")
        let (mixed, learned) = (try folder.bytes("mixed.safetensors"), try soup.bytes("model.safetensors"))
        #expect(mixed.count == learned.count)
        // The sums are taken in double in another order: a float32 may round the other way.
        let count = 15_293
        func floats(_ data: Data) -> [Float] {
            data.suffix(4 * count).withUnsafeBytes { bytes in
                (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
        }
        for (a, b) in zip(floats(mixed), floats(learned)) { #expect(abs(a - b) <= 2e-7 * max(abs(a), 1e-3)) }
    }

    @Test func pathsOfOneLetterWork() throws {
        let folder = try TemporaryFolder()
        let commands = [
            ["learn", "--models", poolFixture, "--data", heldoutFixture, "--out", "o", "--epochs", "1"],
            ["mix", "--models", poolFixture, "--out", "m"],
            ["evaluate", "--model", "m", "--data", heldoutFixture],
            ["inspect", "m"],
        ]
        for command in commands {
            let run = try Program.run(command, in: folder.path)
            #expect(run.status == 0, "\(command): \(run.errors)")
        }
        #expect(try folder.names == ["config.json", "m", "o"])
    }
}
