import Foundation
import TestSupport
import Testing

/// Pools of exported models that no family knows: convolutions, batch norms, shifted windows.
@Suite(.serialized) struct GraphPoolTests {
    private static let files = ["trace.pb", "coefficients.json", "model.safetensors"]

    private static func graph(_ name: String) -> String {
        fixture("ImportedGraphsTests/Fixtures/\(name).pt2")
    }

    /// Three ingredients, each a few per cent from the fixture's model, and images of noise.
    private func pool(_ name: String, images count: Int = 40, in folder: TemporaryFolder) throws {
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
        let pixels = shape[1] * shape[2] * shape[3]
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
            ] + (more.contains("--method") ? [] : ["--method", "mehl+"]) + more,
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
        let findings = (run.json["findings"] as? [[String: Any]])?.compactMap { $0["text"] as? String }
        #expect(
            findings?.contains { $0.contains("the statistics of its batch norms") } == true,
            "\(run.json)"
        )
        #expect(["mixed", "measured"].contains(run.json["statistics"] as? String))
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

    /// A plain soup's statistics are what PyTorch's update_bn makes of them, on any ranks and threads.
    ///
    /// The first norm's are worked out here: of three batches of 50 images it gets the mean of all, of one its variance, too.
    @Test func statisticsOfPlainSoupsAreMeasured() throws {
        let folder = try TemporaryFolder()
        try pool("convolutions", images: 150, in: folder)
        for (out, options, ranks) in [
            ("alone", ["--threads", "1"], 1), ("threads", ["--threads", "3"], 1), ("ranks2", [], 2),
            ("ranks3", [], 3), ("mixed", ["--statistics", "mixed"], 1),
        ] {
            let run = try learn("convolutions", folder, out, ["--method", "uniform"] + options, ranks: ranks)
            #expect(run.status == 0, "\(run.errors)")
            let warns = run.errors.contains("statistics of batch normalisation, mixed like weights")
            #expect(warns == (out == "mixed"), "\(run.errors)")
            guard ranks > 1 || out == "threads" else { continue }
            let model = "\(out)/model.safetensors"
            #expect(try bytes(of: folder.file(model)) == bytes(of: folder.file("alone/model.safetensors")))
        }
        let measured = try Safetensors(folder.file("alone/model.safetensors"))
        let mixed = try Safetensors(folder.file("mixed/model.safetensors"))
        for tensor in mixed.tensors {
            let isStatistic = tensor.name.hasSuffix("running_mean") || tensor.name.hasSuffix("running_var")
            #expect((measured[tensor.name]?.bytes != tensor.bytes) == isStatistic, "\(tensor.name)")
        }
        let data = try Safetensors(folder.file("data.safetensors"))
        let images = try #require(data["images"])
        let kernels = try #require(mixed["stem.weight"])
        let seen = try stem(images, kernels, samples: 0..<150)
        let means = try #require(measured["stem_norm.running_mean"]).floats
        for channel in 0..<4 { #expect(abs(Double(means[channel]) - seen[channel].mean) < 1e-5) }
        let one = try self.measured(on: "--data", "data.safetensors[0:60]", "one.safetensors", in: folder)
        let first = try stem(images, kernels, samples: 0..<60)
        let variances = try #require(one["stem_norm.running_var"]).floats
        for channel in 0..<4 { #expect(abs(Double(variances[channel]) - first[channel].variance) < 1e-5) }

        let coefficients = folder.file("alone/coefficients.json")
        let text = String(decoding: try bytes(of: coefficients), as: UTF8.self)
        #expect(text.contains(#""statistics": "measured""#))
        let mix = try Program.run([
            "mix", "--models", folder.file("pool"), "--coefficients", coefficients, "--out",
            folder.file("again.safetensors"),
        ])
        #expect(mix.status == 0 && mix.errors.contains("it is another model"), "\(mix.errors)")
        let again = try Program.run([
            "mix", "--models", folder.file("pool"), "--coefficients", coefficients, "--out",
            folder.file("measured.safetensors"), "--graph", Self.graph("convolutions"), "--data",
            folder.file("data.safetensors"),
        ])
        #expect(again.status == 0 && !again.errors.contains("statistics"), "\(again.errors)")
        let few = folder.file("data.safetensors[0:31]")
        let refused = try Program.run([
            "mix", "--models", folder.file("pool"), "--out", folder.file("few.safetensors"), "--graph",
            Self.graph("convolutions"), "--data", few,
        ])
        #expect(
            refused.status == 2 && refused.errors.contains("--data: expected several models"),
            "\(refused.errors)"
        )
        let soup = folder.file("alone/model.safetensors")
        #expect(try bytes(of: folder.file("measured.safetensors")) == bytes(of: soup))
    }

    /// The uniform soup with statistics that were measured on some images.
    private func measured(on option: String, _ data: String, _ out: String, in folder: TemporaryFolder) throws
        -> Safetensors
    {
        let run = try Program.run([
            "mix", "--models", folder.file("pool"), "--out", folder.file(out), "--graph",
            Self.graph("convolutions"), option, folder.file(data),
        ])
        #expect(run.status == 0, "\(run.errors)")
        return try Safetensors(folder.file(out))
    }

    /// Images without labels serve as well, and instead of the held-out ones.
    @Test func statisticsAreMeasuredOnImagesWithoutLabels() throws {
        let folder = try TemporaryFolder()
        try pool("convolutions", images: 150, in: folder)
        let data = try Safetensors(folder.file("data.safetensors"))
        let images = try #require(data["images"])
        _ = try folder.write(Safetensors([images]).bytes, "images.safetensors")
        for (out, options, ranks) in [
            ("labelled", [], 1), ("images", ["--unlabelled", folder.file("images.safetensors")], 1),
            ("ranks", ["--unlabelled", folder.file("images.safetensors")], 2),
            ("others", ["--unlabelled", folder.file("images.safetensors[50:]")], 1),
        ] {
            let run = try learn("convolutions", folder, out, ["--method", "uniform"] + options, ranks: ranks)
            #expect(run.status == 0, "\(run.errors)")
        }
        let soups = try ["labelled", "images", "ranks", "others"].map {
            try bytes(of: folder.file("\($0)/model.safetensors"))
        }
        #expect(soups[0] == soups[1] && soups[0] == soups[2] && soups[0] != soups[3])
        let others = try measured(
            on: "--unlabelled",
            "images.safetensors[50:]",
            "mixed.safetensors",
            in: folder
        )
        let soup = try Safetensors(folder.file("others/model.safetensors"))
        #expect(others.tensors.map(\.bytes) == soup.tensors.map(\.bytes))
    }

    /// What the fixture's first convolution makes of some images, by channel: mean, and variance over one less.
    private func stem(_ images: Safetensors.Tensor, _ kernels: Safetensors.Tensor, samples: Range<Int>) throws
        -> [(
            mean: Double, variance: Double
        )]
    {
        let (weights, pixels) = (kernels.floats.map(Double.init), [UInt8](images.bytes))
        let (mean, std) = ([0.5, 0.4, 0.6], [0.25, 0.3, 0.2])
        func pixel(_ sample: Int, _ row: Int, _ column: Int, _ colour: Int) -> Double {
            guard (0..<8).contains(row), (0..<8).contains(column) else { return 0 }
            return (Double(pixels[((sample * 8 + row) * 8 + column) * 3 + colour]) / 255 - mean[colour])
                / std[colour]
        }
        return (0..<4).map { channel in
            var values: [Double] = []
            for sample in samples {
                for place in 0..<16 {
                    var sum = 0.0
                    for tap in 0..<75 {
                        let (colour, y, x) = (tap / 25, tap / 5 % 5, tap % 5)
                        sum +=
                            weights[channel * 75 + tap]
                            * pixel(sample, place / 4 * 2 + y - 2, place % 4 * 2 + x - 2, colour)
                    }
                    values.append(sum)
                }
            }
            let centre = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
            return (centre, squares / Double(values.count - 1))
        }
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
