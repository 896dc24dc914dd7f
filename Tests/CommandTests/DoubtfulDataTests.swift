import Foundation
import TestSupport
import Testing

/// Data that can be read and look wrong: what a run says of them.
@Suite struct DoubtfulDataTests {
    private static let model = "\(poolFixture)/model_00.safetensors"

    private func warnings(_ run: Program.Run) -> [Substring] {
        run.errors.withoutKernelWarning.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: warning: ") }
    }

    /// Images scaled to 0 … 1, which the model's mean of 0.45 would have made from −1.8 to 2.2.
    @Test func floatImagesThatAreNotNormalised() throws {
        let scratch = try Scratch()
        let pixels = (0..<40 * 144).map { Float($0 % 256) / 255 }
        let labels = (0..<40).flatMap { littleEndian(Int64($0 % 5)) }
        let data = try scratch.write(
            Safetensors([
                .floats("images", [40, 1, 12, 12], pixels),
                .init(name: "labels", type: "I64", shape: [40], bytes: labels),
            ]).bytes,
            "unit.safetensors"
        )
        let refused = try Program.run(scratch.learn(data: data))
        #expect(refused.status == 2, "\(refused.errors)")
        #expect(refused.errors.contains("go from 0 to 1, as of pixels scaled to 0 … 1"), "\(refused.errors)")
        #expect(refused.errors.contains("makes -1.8 to 2.2"), "\(refused.errors)")
        let scored = try Program.run(["evaluate", "--model", Self.model, "--data", data])
        #expect(scored.status == 0 && warnings(scored).count == 1, "\(scored.errors)")
    }

    @Test(arguments: [1, 2]) func testImagesThatAreAlsoHeldOut(ranks: Int) throws {
        let folder = try TemporaryFolder()
        let run = try Program.run(
            [
                "learn", "--models", poolFixture, "--data", "\(heldoutFixture)[0:100]", "--eval-data",
                "\(heldoutFixture)[60:160]", "--out", folder.path, "--epochs", "1", "--method", "mehl",
            ],
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
        #expect(run.status == 0, "\(run.errors)")
        let said = warnings(run).filter { $0.contains("are also held out") }
        #expect(said.count == 1 && said[0].contains("[60:160]: 40 of its 100 test images"), "\(run.errors)")
        let metrics = String(decoding: try folder.bytes("metrics.json"), as: UTF8.self)
        #expect(metrics.contains("40 of its 100 test images"))
    }

    /// A pool, and shards, of more files than may be open.
    @Test func moreFilesThanMayBeOpen() throws {
        let scratch = try Scratch(models: 2)
        for index in 0..<80 {
            try FileManager.default.linkItem(
                atPath: "\(scratch.pool)/model_0\(index % 2).safetensors",
                toPath: "\(scratch.pool)/link_\(index).safetensors"
            )
        }
        let image = PNGFile.grey([UInt8](repeating: 9, count: 144), height: 12, width: 12)
        for index in 0..<80 {
            let shard = TarFile.archive([("0.png", image), ("0.cls", Array("\(index % 5)".utf8))])
            _ = try scratch.write(shard, "shard-\(index).tar")
        }
        let run = try Program.run(
            scratch.learn(data: "\(scratch.path)/shard-{0..79}.tar") + [
                // Images that are all the same.
                "--anyway", "--method", "mehl", "--threads", "2",
            ],
            launcher: ["sh", "-c", "ulimit -n 64; exec \"$0\" \"$@\""]
        )
        #expect(run.status == 0, "\(run.errors)")
    }
}
