import Foundation
import TestSupport
import Testing

/// What the trace of ranks says: every rank's part of the gradient, and what it sent.
@Suite(.serialized) struct LearnTrafficTests {
    @Test func theShardsAddUpToTheGradient() throws {
        let folder = try TemporaryFolder()
        let run = try Soup.learn(into: folder, ["--trace-level", "shards"], ranks: 3)
        #expect(run.status == 0, "\(run.errors)")
        let steps = try records(folder, "trace.pb").filter { $0["record"] as? String == "step" }
        let ranks = try records(folder, "trace-ranks.pb").filter { $0["record"] as? String == "rank_step" }
        // Two coefficient blocks, each by two folds of three batches.
        #expect(steps.count == 12 && ranks.count == 12)
        for (step, parts) in zip(steps, ranks) {
            #expect(step["number"] as? Int == parts["number"] as? Int)
            let whole = try #require(step["gradient"] as? [Double])
            let shares = try #require(parts["ranks"] as? [[String: Any]]).compactMap {
                $0["gradient"] as? [Double]
            }
            #expect(shares.count == 3)
            // A chunk belongs to one rank, so the sums differ from the whole in their order alone.
            for (index, value) in whole.enumerated() {
                let parts = shares.map { $0[index] }
                let scale = parts.map(abs).reduce(0, +)
                #expect(abs(parts.reduce(0, +) - value) <= 1e-12 * scale)
            }
            // No rank has everything.
            for share in shares { #expect(share.contains(0) && share.contains { $0 != 0 }) }
        }
    }

    /// Bytes that a rank sends in a step: 2·D·(R − 1)/R floats, give or take a tenth (a chunk's rounding, the orders and
    /// the reports).
    @Test(arguments: [2, 4]) func aStepSendsTheModelTwice(ranks: Int) throws {
        let pool = try RandomPool()
        let folder = try TemporaryFolder()
        let run = try Program.run(
            [
                "learn", "--models", pool.folder.path, "--data", pool.data, "--out", folder.path, "--epochs",
                "1", "--method", "mehl+", "--folds", "1",
                // Random weights do no better than chance.
                "--anyway", "--json",
            ],
            environment: MPI.environment,
            launcher: MPI.launcher(ranks)
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.json["parameters"] as? Int == pool.parameters)
        #expect(pool.parameters > 1_000_000)
        #expect(run.json["steps"] as? Int == 1)
        let expected = 2 * Double(pool.parameters) * Double(ranks - 1) / Double(ranks) * 4
        let mean = try #require(run.json["bytes_sent_per_rank_and_step"] as? Double)
        #expect(abs(mean / expected - 1) <= 0.1, "\(mean) of \(expected)")
        let step = try #require(
            try records(folder, "trace-ranks.pb").first { $0["record"] as? String == "rank_step" }
        )
        let sent = try #require(step["ranks"] as? [[String: Any]]).compactMap { $0["bytes_sent"] as? Int }
        #expect(sent.count == ranks)
        for bytes in sent { #expect(abs(Double(bytes) / expected - 1) <= 0.1, "\(sent) of \(expected)") }
    }
}

/// The records of a trace in a run's folder, as `trace export` gives them.
private func records(_ folder: TemporaryFolder, _ name: String) throws -> [[String: Any]] {
    let run = try Program.run(["trace", "export", "\(folder.path)/\(name)", "--format", "jsonl"])
    #expect(run.status == 0, "\(run.errors)")
    return try run.lines.map { line in
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
}

/// Three ingredients of more than a million random parameters, and sixteen images.
struct RandomPool {
    let folder: TemporaryFolder
    let data: String
    let parameters: Int

    init() throws {
        folder = try TemporaryFolder()
        let (width, depth, classes) = (176, 3, 5)
        var shapes: [(String, [Int])] = [
            ("cls_token", [1, 1, width]), ("pos_embed", [1, 10, width]),
            ("patch_embed.proj.weight", [width, 1, 4, 4]), ("patch_embed.proj.bias", [width]),
            ("norm.weight", [width]), ("norm.bias", [width]), ("head.weight", [classes, width]),
            ("head.bias", [classes]),
        ]
        for index in 0..<depth {
            let layers = [("norm1", [width]), ("norm2", [width]), ("attn.qkv", [3 * width, width])]
            let more = [
                ("attn.proj", [width, width]), ("mlp.fc1", [4 * width, width]),
                ("mlp.fc2", [width, 4 * width]),
            ]
            for (name, shape) in layers + more {
                shapes.append(("blocks.\(index).\(name).weight", shape))
                shapes.append(("blocks.\(index).\(name).bias", [shape[0]]))
            }
        }
        parameters = shapes.reduce(0) { $0 + $1.1.reduce(1, *) }
        // Any numbers will do: those of a linear congruential generator (Numerical Recipes, 1992).
        var state: UInt32 = 1
        func number() -> Float {
            state = state &* 1_664_525 &+ 1_013_904_223
            return (Float(state >> 8) / Float(1 << 24) - 0.5) * 0.1
        }
        for index in 0..<3 {
            let tensors = shapes.map { name, shape in
                Safetensors.Tensor.floats(name, shape, (0..<shape.reduce(1, *)).map { _ in number() })
            }
            _ = try folder.write(Safetensors(tensors).bytes, "model_\(index).safetensors")
        }
        let description = try String(contentsOfFile: "\(poolFixture)/config.json", encoding: .utf8)
            .replacingOccurrences(of: "\"embed_dim\": 24", with: "\"embed_dim\": \(width)")
            .replacingOccurrences(of: "\"depth\": 2", with: "\"depth\": \(depth)")
            .replacingOccurrences(of: "\"num_heads\": 3", with: "\"num_heads\": 4")
        _ = try folder.write([UInt8](description.utf8), "config.json")
        data = "\(heldoutFixture)[0:16]"
    }
}
