import Foundation
import TestSupport
import Testing

/// Models that their library stores under other names than the exported graph has: told by the values of the one exported.
@Suite(.serialized) struct StoredNamesTests {
    private static let folder = fixture("ImportedGraphsTests/Fixtures/stored_names")
    private static let models = (0..<3).map { "\(folder)/model_\($0)" }
    private static let options = ["--graph", "\(folder)/architecture.pt2", "--data", "\(folder)/data.npz"]

    private struct Expected: Decodable {
        let models: [Double]
        let mean: Double
    }

    /// What PyTorch finds.
    private func expected() throws -> Expected {
        try JSONDecoder().decode(
            Expected.self,
            from: Data(try bytes(of: "\(Self.folder)/expected.json"))
        )
    }

    private func loss(_ model: String) throws -> Double {
        let run = try Program.run(["evaluate", "--model", model, "--json"] + Self.options)
        #expect(run.status == 0, "\(run.errors)")
        return try #require(run.json["loss"] as? Double)
    }

    private func isClose(_ found: Double, _ expected: Double) -> Bool {
        abs(found - expected) < 1e-5 * expected
    }

    /// The soup is found again by its header, for its values are not the graph's.
    @Test func valuesTellNamesAndASoupSaysThem() throws {
        let (folder, expected) = (try TemporaryFolder(), try expected())
        #expect(isClose(try loss(Self.models[1]), expected.models[1]))
        for (out, ranks) in [("alone", 1), ("ranks", 2)] {
            let run = try Program.run(
                ["learn", "--models"] + Self.models + ["--method", "uniform", "--anyway"] + Self.options + [
                    "--out", folder.file(out),
                ],
                environment: MPI.environment,
                launcher: ranks == 1 ? [] : MPI.launcher(ranks)
            )
            #expect(run.status == 0, "\(run.errors)")
        }
        let soup = "\(folder.file("alone"))/model.safetensors"
        #expect(try bytes(of: soup) == bytes(of: "\(folder.file("ranks"))/model.safetensors"))
        let names = try [soup, "\(Self.models[0])/model.safetensors"].map {
            try Safetensors($0).tensors.map(\.name)
        }
        #expect(names[0] == names[1])
        #expect(isClose(try loss(folder.file("alone")), expected.mean))
    }

    /// By name nothing is known of an ingredient alone that was not the one exported.
    @Test func anotherModelAloneSaysWhatIsMissing() throws {
        let run = try Program.run(["evaluate", "--model", Self.models[0]] + Self.options)
        #expect(run.status == 2)
        #expect(run.errors.contains("by name or by the values that it was exported with"), "\(run.errors)")
    }

    /// Two tensors of the same values: a guess could be right for this ingredient alone.
    @Test func valuesThatTwoTensorsHaveTellNothing() throws {
        let folder = try TemporaryFolder()
        var file = try Safetensors("\(Self.models[1])/model.safetensors")
        let query = try #require(file.tensors.first { $0.name.hasSuffix("query.bias") })
        let key = file.tensors.firstIndex { $0.name.hasSuffix("key.bias") }
        file.tensors[try #require(key)].bytes = query.bytes
        _ = try folder.write(file.bytes, "model.safetensors")
        let run = try Program.run(
            ["inspect", folder.file("model.safetensors"), "--graph", "\(Self.folder)/architecture.pt2"]
        )
        #expect(run.status == 2)
        #expect(run.errors.contains("the same ones in"), "\(run.errors)")
    }
}
