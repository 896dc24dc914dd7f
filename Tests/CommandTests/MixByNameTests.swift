import Foundation
import TestSupport
import Testing

/// `mix` of ingredients of which no model is known: their tensors' names are enough.
@Suite struct MixByNameTests {
    private func tensor(_ name: String, _ numbers: [Float]) -> Safetensors.Tensor {
        .init(
            name: name,
            type: "F32",
            shape: [numbers.count],
            bytes: numbers.flatMap { littleEndian($0.bitPattern) }
        )
    }

    private func pool(_ folder: TemporaryFolder, statistics: Bool = false) throws -> String {
        try FileManager.default.createDirectory(
            atPath: folder.file("pool"),
            withIntermediateDirectories: false
        )
        for (index, values) in [[1, 2, 3], [3, -2, 0.5], [2, 6, 1]].enumerated() {
            var tensors = [
                tensor("decoder.0.weight", values.map { Float($0) }), tensor("tied.bias", [Float(index)]),
                .init(name: "steps", type: "I64", shape: [1], bytes: littleEndian(Int64(index + 7))),
            ]
            if statistics { tensors.append(tensor("norm.running_var", [Float(index)])) }
            _ = try folder.write(Safetensors(tensors).bytes, "pool/m\(index).safetensors")
        }
        return folder.file("pool")
    }

    private func mixed(_ path: String) throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try Safetensors(path).tensors.map { ($0.name, $0.bytes) })
    }

    @Test func theMeanIsOfEveryTensor() throws {
        let folder = try TemporaryFolder()
        let out = folder.file("soup.safetensors")
        let run = try Program.run(["mix", "--models", try pool(folder), "--out", out])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("names alone") && !run.errors.contains("running_"), "\(run.errors)")
        let soup = try mixed(out)
        #expect(soup["decoder.0.weight"] == [2, 2, 1.5].flatMap { littleEndian(Float($0).bitPattern) })
        #expect(soup["tied.bias"] == littleEndian(Float(1).bitPattern))
        #expect(soup["steps"] == littleEndian(Int64(7)))
    }

    @Test func coefficientsMayDifferByTensor() throws {
        let folder = try TemporaryFolder()
        let models = try pool(folder)
        let digests = try (0..<3).map { index in
            let path = "\(models)/m\(index).safetensors"
            return #"{"path": "\#(path)", "sha256": "\#(try sha256(path))"}"#
        }
        let coefficients = try folder.write(
            Array(
                """
                {"models": [\(digests.joined(separator: ", "))], "groups": ["decoder.0.weight", "tied.bias"], \
                "alpha": [[2, -1, 0], [0.5, 0.25, 0.25]], "temperature": 1.0}
                """.utf8
            ),
            "coefficients.json"
        )
        let out = folder.file("soup.safetensors")
        let run = try Program.run(["mix", "--models", models, "--coefficients", coefficients, "--out", out])
        #expect(run.status == 0, "\(run.errors)")
        let soup = try mixed(out)
        #expect(soup["decoder.0.weight"] == [-1, 6, 5.5].flatMap { littleEndian(Float($0).bitPattern) })
        #expect(soup["tied.bias"] == littleEndian(Float(0.75).bitPattern))
    }

    @Test func statisticsAreWarnedOf() throws {
        let folder = try TemporaryFolder()
        let models = try pool(folder, statistics: true)
        let run = try Program.run(["mix", "--models", models, "--out", folder.file("soup.safetensors")])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("norm.running_var") && run.errors.contains("update_bn"), "\(run.errors)")
    }
}
