import Foundation
import TestSupport
import Testing

/// Pools of exported models that no family knows: convolutions, batch norms, shifted windows.
@Suite(.serialized) struct GraphPoolTests {
    private static let files = ["trace.pb", "coefficients.json", "model.safetensors"]

    private static func graph(_ name: String) -> String {
        fixture("ImportedGraphsTests/Fixtures/\(name).pt2")
    }

    /// Three ingredients, each a few per cent from the fixture's model, and 40 images of noise.
    private func pool(_ name: String, in folder: TemporaryFolder) throws {
        let file = try Safetensors(fixture("ImportedGraphsTests/Fixtures/\(name).safetensors"))
        let shape = try #require(file["images"]).shape
        let classes = try #require(file["logits"]).shape[1]
        for index in 0..<3 {
            let tensors = file.tensors.filter { $0.name.hasPrefix("model.") && $0.type == "F64" }.map {
                tensor in
                Safetensors.Tensor(
                    name: String(tensor.name.dropFirst("model.".count)),
                    type: "F32",
                    shape: tensor.shape,
                    bytes: tensor.doubles.enumerated().flatMap { place, value in
                        let factor = 1 + 0.03 * sin(Double(131 * index + place))
                        return littleEndian(Float(value * factor).bitPattern)
                    }
                )
            }
            let path = folder.file("pool/model_\(index)")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            _ = try folder.write(Safetensors(tensors).bytes, "pool/model_\(index)/model.safetensors")
        }
        let description = #"{"mean": [0.5, 0.4, 0.6], "std": [0.25, 0.3, 0.2], "crop_pct": 1.0}"#
        _ = try folder.write(Array(description.utf8), "pool/model_0/config.json")
        let (count, pixels) = (40, shape[1] * shape[2] * shape[3])
        let images = (0..<count * pixels).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0 / 7) }
        let data = Safetensors([
            .init(name: "images", type: "U8", shape: [count, shape[2], shape[3], shape[1]], bytes: images),
            .init(
                name: "labels",
                type: "I64",
                shape: [count],
                bytes: (0..<count).flatMap { littleEndian(Int64($0 % classes)) }
            ),
        ])
        _ = try folder.write(data.bytes, "data.safetensors")
    }

    private func learn(
        _ name: String,
        _ folder: TemporaryFolder,
        _ out: String,
        _ more: [String] = [],
        ranks: Int = 1
    )
        throws -> Program.Run
    {
        try Program.run(
            [
                "learn", "--models", folder.file("pool"), "--data", folder.file("data.safetensors"),
                "--graph",
                Self.graph(name), "--out", folder.file(out), "--anyway", "--epochs", "1", "--batch-size",
                "16",
                "--method", "mehl+",
            ] + more,
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
    }

    @Test(arguments: ["convolutions", "convnext", "swin"]) func ranksAndThreadsChangeNoByte(name: String)
        throws
    {
        let folder = try TemporaryFolder()
        try pool(name, in: folder)
        let alone = try learn(name, folder, "alone", ["--threads", "1"])
        #expect(alone.status == 0, "\(alone.errors)")
        let others: [(String, [String], Int)] = [
            ("two", ["--threads", "2"], 1), ("sixteen", ["--threads", "16"], 1), ("ranks2", [], 2),
            ("ranks3", [], 3),
        ]
        for (out, options, ranks) in others {
            let run = try learn(name, folder, out, options, ranks: ranks)
            #expect(run.status == 0, "\(run.errors)")
            for file in Self.files {
                let (own, first) = (folder.file("\(out)/\(file)"), folder.file("alone/\(file)"))
                #expect(try bytes(of: own) == bytes(of: first), "\(name): \(file) of \(out)")
            }
        }
    }

    /// The written soup is what was judged, and its batch norms' statistics are told of.
    @Test func theSoupIsEvaluatedAsItWasWritten() throws {
        let folder = try TemporaryFolder()
        try pool("convolutions", in: folder)
        let run = try learn("convolutions", folder, "soup", ["--json"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("statistics of batch normalisation"), "\(run.errors)")
        let evaluated = try Program.run([
            "evaluate", "--model", folder.file("soup"), "--data", folder.file("data.safetensors"), "--graph",
            Self.graph("convolutions"), "--json",
        ])
        #expect(evaluated.status == 0, "\(evaluated.errors)")
        #expect(!evaluated.errors.contains("statistics"), "\(evaluated.errors)")
        let inspected = try Program.run([
            "inspect", folder.file("soup/model.safetensors"), "--graph", Self.graph("convolutions"),
        ])
        #expect(inspected.output.contains("of them statistics of batch normalisation"), "\(inspected)")
        let losses = [run.json["heldout_loss"], evaluated.json["loss"]].compactMap { $0 as? Double }
        #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-5 * losses[1], "\(losses)")
    }
}

extension Safetensors.Tensor {
    /// The numbers of a float64 tensor.
    fileprivate var doubles: [Double] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) })
        }
    }
}
