import Foundation
import TestSupport
import Testing

/// Ingredients on local disks, under mpirun: the same command on every rank, run in a folder of its own.
@Suite(.serialized) struct ScatteredPoolTests {
    /// Starts every rank in the folder of its number.
    private func launcher(_ ranks: Int, in folder: TemporaryFolder) -> [String] {
        let script = "cd '\(folder.path)'/$OMPI_COMM_WORLD_RANK && exec \"$0\" \"$@\""
        return MPI.launcher(ranks) + ["sh", "-c", script]
    }

    /// A folder `pool` per rank with links to some of the ingredients in `source`.
    private func scatter(_ holdings: [[Int]], from source: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (rank, ingredients) in holdings.enumerated() {
            let pool = folder.file("\(rank)/pool")
            try FileManager.default.createDirectory(atPath: pool, withIntermediateDirectories: true)
            let files = try FileManager.default.contentsOfDirectory(atPath: source).filter {
                $0.hasPrefix("model_")
            }.sorted()
            for name in ingredients.map({ files[$0] }) + ["config.json"] {
                try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(pool)/\(name)")
            }
        }
        return folder
    }

    @Test func learnAndMixGiveTheSameBytes() throws {
        try expectSameBytes([[0, 5], [1, 2, 4], [3, 4]], of: poolFixture, data: heldoutFixture)
    }

    /// Slices so long that several threads' pieces travel in one message.
    @Test func longSlicesGiveTheSameBytes() throws {
        let random = try RandomPool()
        try expectSameBytes([[1], [0, 2]], of: random.folder.path, data: random.data)
    }

    private func expectSameBytes(_ holdings: [[Int]], of source: String, data: String) throws {
        let whole = try scatter([Array(Set(holdings.joined())).sorted()], from: source)
        let parts = try scatter(holdings, from: source)
        var outputs: [[Data]] = []
        for (folder, ranks) in [(whole, 1), (parts, holdings.count)] {
            let out = folder.file("out")
            let run = try Program.run(
                // Random weights do no better than chance.
                ["learn", "--models", "pool", "--data", data, "--out", out, "--anyway"] + Soup.options,
                environment: MPI.environment,
                launcher: launcher(ranks, in: folder)
            )
            #expect(run.status == 0, "\(run.errors)")
            let soup = folder.file("mixed/soup.safetensors")
            try FileManager.default.createDirectory(
                atPath: folder.file("mixed"),
                withIntermediateDirectories: false
            )
            let mix = try Program.run(
                ["mix", "--models", "pool", "--coefficients", "\(out)/coefficients.json", "--out", soup],
                environment: MPI.environment,
                launcher: launcher(ranks, in: folder)
            )
            #expect(mix.status == 0, "\(mix.errors)")
            let names = [
                "out/trace.pb", "out/coefficients.json", "out/model.safetensors", "mixed/soup.safetensors",
            ]
            outputs.append(try names.map { try folder.bytes($0) })
        }
        let areEqual = zip(outputs[0], outputs[1]).map { $0 == $1 }
        #expect(areEqual == [true, true, true, true])
        #expect(outputs[0][2] == outputs[0][3])
    }

    /// Both ends and the length agree; the middle does not.
    ///
    /// Without coefficients `mix` needs no digests of its own.
    @Test(arguments: ["mix", "learn"]) func anotherMiddleIsRefused(command: String) throws {
        let random = try RandomPool()
        let folder = try scatter([[0, 1], [1, 2]], from: random.folder.path)
        var bytes = [UInt8](try folder.bytes("1/pool/model_1.safetensors"))
        bytes[bytes.count / 2] ^= 1
        _ = try folder.write(bytes, "1/pool/model_1.safetensors")
        let out = folder.file("out")
        let arguments = ["--models", "pool", "--out", out]
        let run = try Program.run(
            [command] + arguments + (command == "learn" ? ["--data", random.data] : []),
            environment: MPI.environment,
            launcher: launcher(2, in: folder)
        )
        #expect(run.status == 2, "\(run.errors)")
        let own = run.errors.split(separator: "\n").filter { $0.hasPrefix("mehlsoup: ") }
        #expect(own.count == 1, "\(run.errors)")
        for word in ["pool/model_1.safetensors: expected the same contents", "(rank 0)", "(rank 1)"] {
            #expect(own.first?.contains(word) == true, "\(run.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: out))
    }
}
