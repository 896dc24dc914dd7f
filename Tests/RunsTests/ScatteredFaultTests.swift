import Checkpoints
import Diagnostics
import Foundation
import MessagePassing
import PoolSupport
import Soups
import TestSupport
import Testing

@testable import Coordination
@testable import Runs

/// What can be wrong where ranks see different files: every rank ends alike, and the message names files and hosts.
@Suite struct ScatteredFaultTests {
    /// Every rank's error: wrong input, told in one line with all of `words`.
    private func expectRefusal<T>(_ outcomes: [Result<T, any Error>], _ words: String...) throws {
        for outcome in outcomes {
            let error = try #require(throws: (any Error).self) { try outcome.get() }
            #expect(error is any InputError, "\(error)")
            #expect(!"\(error)".contains("\n"))
            for word in words { #expect("\(error)".contains(word), "expected \(word) in: \(error)") }
        }
    }

    /// The pool's folders live as long as it does.
    private func open(_ pool: ScatteredPool, also more: [String] = []) -> [Result<Void, any Error>] {
        withExtendedLifetime(pool) { open(pool.models.map { $0 + more }) }
    }

    private func open(_ models: [[String]], data: [[String]]? = nil) -> [Result<Void, any Error>] {
        let hosts = models.indices.map { "host\($0)" }
        return MemoryTransport.run(ranks: models.count, hosts: hosts) { transport in
            let inputs = try RunInputs.open(
                models: models[transport.rank],
                datasets: data?[transport.rank] ?? [],
                on: transport
            )
            try transport.agree(on: inputs, options: [])
            let worker = Worker(transport, inputs, WorkSettings(inputs, threads: 1))
            _ = try Coordinator.run(worker) { _ in }
        }
    }

    /// The last element of the file is one of the flat vector's first, which the first rank owns and the last one reads.
    @Test(arguments: [SoupMethod.mehlPlus, .greedy, .uniform], [1, nil]) func aNaNThatAnotherRankSends(
        method: SoupMethod,
        windowChunks: Int?
    ) throws {
        let pool = try ScatteredPool([[3, 4, 5], [4, 5], [0, 1, 2]])
        try pool.change(2, on: 2) { $0.replaceSubrange($0.count - 4..<$0.count, with: [0, 0, 0xC0, 0x7F]) }
        let out = try TemporaryFolder()
        let outcomes = try withExtendedLifetime(pool) {
            try learn(
                PoolFixture.settings(method),
                into: out.path + "/out",
                models: pool.models,
                windowChunks: windowChunks
            )
        }
        try expectRefusal(
            outcomes,
            "model_02.safetensors (on host2): tensor",
            "nan at element",
            "(rank 0 on host0)"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: out.path + "/out") == [])
    }

    /// A rank that cannot read what others wait for still answers them, and says what is wrong.
    @Test func aFileThatIsCutMeanwhile() throws {
        let pool = try ScatteredPool([[0, 1, 2], [3, 4, 5], []])
        let models = pool.models
        let outcomes = MemoryTransport.run(ranks: 3, hosts: ["a", "b", "c"]) { transport in
            let inputs = try RunInputs.open(models: models[transport.rank], datasets: [], on: transport)
            let worker = Worker(transport, inputs, WorkSettings(inputs, threads: 1), windowChunks: 2)
            if transport.rank == 1 { try pool.change(4, on: 1) { $0.removeLast($0.count / 2) } }
            _ = try Coordinator.run(worker) { coordinator in
                let alpha = CoefficientMatrix(rows: 6, columns: 1, repeating: 1.0 / 6)
                return try coordinator.mix(alpha)[0]
            }
        }
        // The file was sound when the run began: the run has failed, not its input.
        for outcome in outcomes {
            let error = try #require(throws: AgreedRunError.self) { try outcome.get() }
            for word in ["model_04.safetensors", "it was cut", "(rank 1 on b)"] {
                #expect("\(error)".contains(word), "\(error)")
            }
        }
    }

    @Test func aPatternThatNobodyCanFollow() throws {
        try expectRefusal(
            open(Array(repeating: ["/nowhere/pool"], count: 3)),
            "/nowhere/pool: expected a file, a folder or a glob that matches one, found nothing there"
        )
        let pool = try ScatteredPool([[0], [1]])
        try expectRefusal(
            open(pool, also: ["/nowhere/*.safetensors"]),
            "/nowhere/*.safetensors: expected a file"
        )
    }

    /// A name that leads nowhere is of no account where another rank has the file, and an error where none has.
    @Test func aFileThatCannotBeOpened() throws {
        let pool = try ScatteredPool([[0, 1], [2]])
        let folder = try #require(pool.folders[0])
        let link = folder.file(ScatteredPool.name(2))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere/2")
        for outcome in open(pool) { try outcome.get() }
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(ScatteredPool.name(3)),
            withDestinationPath: "/nowhere/3"
        )
        try expectRefusal(open(pool), "model_03.safetensors: cannot open for reading")
    }

    @Test func aBrokenFileOnOneRank() throws {
        let pool = try ScatteredPool([[0, 1], [2], []])
        try pool.change(2, on: 1) { $0.removeLast() }
        let outcomes = open(pool)
        try expectRefusal(outcomes, "model_02.safetensors", "as its header says")
        let error = #expect(throws: (any Error).self) { try outcomes[0].get() }
        #expect(error.map { "\($0)".hasSuffix("(rank 1 on host1)") } == true)
    }

    @Test func anotherModelOnOneRank() throws {
        let pool = try ScatteredPool([[0], [1]])
        let folder = try #require(pool.folders[1])
        let text = String(decoding: try folder.bytes("config.json"), as: UTF8.self)
        _ = try folder.write(
            [UInt8](text.replacingOccurrences(of: "0.45", with: "0.5").utf8),
            "config.json"
        )
        try expectRefusal(open(pool), "\(folder.path)/config.json", "pretrained_cfg.mean")
        // Beside the same ingredient, nothing at all may differ.
        let both = try ScatteredPool([[0, 1], [0, 1]])
        let other = try #require(both.folders[1])
        _ = try other.write([UInt8]("\(text)\n".utf8), "config.json")
        try expectRefusal(open(both), "\(other.path)/config.json", "as on rank 0")
    }

    /// The same name with other contents, seen at first sight.
    @Test func copiesThatDiffer() throws {
        let pool = try ScatteredPool([[0, 1, 2], [], [1, 2, 3]])
        try pool.change(2, on: 2) { $0[$0.count / 2] ^= 1 }
        try expectRefusal(
            open(pool),
            "model_02.safetensors: expected the same contents on every host",
            "on host0 (rank 0)",
            "on host2 (rank 2)"
        )
    }

    @Test func anotherProgramIsRefused() throws {
        let scratch = try TemporaryFolder()
        let program = try scratch.write([1, 2, 3], "program")
        let changed = try scratch.write([1, 2, 4], "changed")
        func check(_ versions: [String], _ executables: [String]) -> [Result<Void, any Error>] {
            MemoryTransport.run(ranks: 3, hosts: ["a", "b", "c"]) { transport in
                try transport.checkProgram(
                    version: versions[transport.rank],
                    executable: executables[transport.rank]
                )
            }
        }
        for outcome in check(["1", "1", "1"], [program, program, program]) { try outcome.get() }
        try expectRefusal(check(["1", "1", "2"], [program, program, program]), "mehlsoup 2", "rank 0 on a")
        let outcomes = check(["1", "1", "1"], [program, changed, program])
        // SHA-256 of the bytes 1 2 3 and 1 2 4, by sha256sum.
        try expectRefusal(outcomes, "039058c6f2c0", "rank 0 on a", "executable ")
        let first = try #require(throws: (any Error).self) { try outcomes[0].get() }
        #expect("\(first)".contains("(rank 1 on b)"))
    }
}
