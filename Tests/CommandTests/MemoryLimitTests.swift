import Foundation
import TestSupport
import Testing

/// A rank that gets no memory: status 1 and one line, and nobody is left waiting.
@Suite(.serialized) struct MemoryLimitTests {
    @Test func alone() throws {
        let pool = try LargePool()
        let run = try Program.run(pool.learn, launcher: ["prlimit", Self.limit], limit: 60)
        expectLine(run, " at opening; ")
        #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    }

    @Test func oneOfThreeRanks() throws {
        let pool = try LargePool()
        let program = [try Program.path()] + pool.learn
        let launcher =
            ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", "1"] + program
            + [":", "-n", "1", "prlimit", Self.limit] + program + [":", "-n", "1"]
        let run = try Program.run(pool.learn, environment: MPI.environment, launcher: launcher, limit: 60)
        expectLine(run, "rank 1 on ")
    }

    /// Two gigabytes of addresses.
    private static let limit = "--as=2000000000"

    private func expectLine(_ run: Program.Run, _ words: String...) {
        #expect(run.status == 1, "\(run.errors)")
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: ") }
        #expect(lines.count == 1, "\(run.errors)")
        for word in ["out of memory: ", "iB for ", "--block-size", "--slice-type bf16"] + words {
            #expect(lines.first?.contains(word) == true, "expected \(word) in: \(run.errors)")
        }
    }
}

/// Two ingredients of 600 MB that take no room: files of one hole.
private struct LargePool {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let (width, depth) = (1024, 12)
        let description = """
            {"architecture": "vision_transformer", "num_classes": 5, "model_args": {"img_size": 12, "patch_size": 4, \
            "in_chans": 1, "embed_dim": \(width), "depth": \(depth), "num_heads": 16, "class_token": true, \
            "global_pool": "token"}, "pretrained_cfg": {"mean": [0.45], "std": [0.25], "input_size": [1, 12, 12]}}
            """
        _ = try folder.write(Array(description.utf8), "config.json")
        let (header, length) = Self.header(width, depth)
        for index in 0..<2 {
            let path = try folder.write(header, "model_\(index).safetensors")
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.truncate(atOffset: UInt64(length))
            try file.close()
        }
    }

    var learn: [String] {
        [
            "learn", "--models", folder.path, "--data", heldoutFixture, "--out", folder.file("out"),
            "--threads",
            "1",
        ]
    }

    /// The header of a file, and the whole file's length.
    private static func header(_ width: Int, _ depth: Int) -> ([UInt8], Int) {
        var shapes: [(String, [Int])] = [
            ("cls_token", [1, 1, width]), ("pos_embed", [1, 10, width]), ("patch_embed.proj.bias", [width]),
            ("patch_embed.proj.weight", [width, 1, 4, 4]), ("norm.bias", [width]), ("norm.weight", [width]),
            ("head.bias", [5]), ("head.weight", [5, width]),
        ]
        for block in 0..<depth {
            for (name, rows, columns) in [
                ("attn.qkv", 3 * width, width), ("attn.proj", width, width), ("mlp.fc1", 4 * width, width),
                ("mlp.fc2", width, 4 * width),
            ] {
                shapes.append(("blocks.\(block).\(name).weight", [rows, columns]))
                shapes.append(("blocks.\(block).\(name).bias", [rows]))
            }
            for name in ["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"] {
                shapes.append(("blocks.\(block).\(name)", [width]))
            }
        }
        var end = 0
        let entries = shapes.map { name, shape in
            let start = end
            end += 4 * shape.reduce(1, *)
            return "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
        }
        let text = [UInt8]("{\(entries.joined(separator: ","))}".utf8)
        return (littleEndian(UInt64(text.count)) + text, 8 + text.count + end)
    }
}
