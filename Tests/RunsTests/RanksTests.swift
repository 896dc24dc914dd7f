import Checkpoints
import Diagnostics
import Foundation
import Graphs
import Kernels
import MessagePassing
import PoolSupport
import TestSupport
import Testing

@testable import Coordination
@testable import Runs

/// The same run on one rank and on many.
@Suite struct RanksTests {
    /// With a group per tensor each sum is of one chunk here; with one group, of chunks of all ranks.
    @Test(arguments: [1, 2, 3, 4, 8, 11], [SoupMethod.mehlPlus, .mehl])
    func ranksAndThreadsChangeNoByte(ranks: Int, method: SoupMethod) throws {
        let (alone, together) = (try TemporaryFolder(), try TemporaryFolder())
        var settings = PoolFixture.settings(method)
        _ = try learn(ranks: 1, settings, into: alone.path)[0].get()
        settings.threads = 2
        // In four buckets or so.
        let outcomes = try learn(ranks: ranks, settings, into: together.path, bucketLength: 4096)
        let metrics = try #require(try outcomes[0].get())
        for file in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(try alone.bytes(file) == together.bytes(file), "\(file) on \(ranks) ranks")
        }
        #expect(metrics.ranks == ranks)
        // Each rank's slices are its share of (4 differences + the centre) of the whole vector, to a chunk.
        let whole = 5.0 * 4 * Double(metrics.parameters) / 1_048_576
        let slices = try #require(metrics.memoryMib["slices"])
        #expect(abs(slices - whole / Double(ranks)) <= 5 * 4 * 4096 / 1_048_576)
        for outcome in outcomes.dropFirst() { #expect(try outcome.get() == nil) }
    }

    /// The combined model is rounded alike whether it travels or not.
    @Test(.enabled(if: BFloat16Products.isAvailable), arguments: [1, 2, 3, 8], [SoupMethod.mehlPlus, .mehl])
    func roundedProductsAreTheSameOnAnyRanks(
        ranks: Int,
        method: SoupMethod
    ) throws {
        let (alone, together, full) = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
        var settings = PoolFixture.settings(method)
        let exact = try #require(try learn(ranks: 1, settings, into: full.path)[0].get())
        settings.precision = .bf16
        let rounded = try #require(try learn(ranks: 1, settings, into: alone.path)[0].get())
        settings.threads = 3
        _ = try learn(ranks: ranks, settings, into: together.path, bucketLength: 4096)[0].get()
        for file in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(try alone.bytes(file) == together.bytes(file), "\(file) on \(ranks) ranks")
        }
        // Scored in float32, and nearly the same soup.
        #expect(abs(exact.heldoutLoss - rounded.heldoutLoss) <= 5e-3)
        #expect(exact.heldoutLoss != rounded.heldoutLoss)
    }

    /// As many threads as are said, on however few cores.
    @Test(arguments: [1, 2, 3, 7, 16, 64], [1, 2, 8]) func threadsAndLanesInFlightChangeNoByte(
        threads: Int,
        lanesInFlight: Int
    ) throws {
        let (alone, together) = (try TemporaryFolder(), try TemporaryFolder())
        var settings = PoolFixture.settings(.mehlPlus)
        settings.epochs = 1
        _ = try learn(ranks: 1, settings, into: alone.path)[0].get()
        settings.threads = threads
        settings.lanesInFlight = lanesInFlight
        let metrics = try #require(
            try learn(ranks: 2, settings, into: together.path, bucketLength: 1)[0].get()
        )
        for file in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(try alone.bytes(file) == together.bytes(file), "\(file)")
        }
        #expect(metrics.lanesInFlight == min(threads, lanesInFlight, (settings.lanes + 1) / 2))
    }

    @Test(arguments: [SoupMethod.mehl, .mehlPlus, .hl, .hlPlus]) func everyMethodMovesTheSoup(
        method: SoupMethod
    ) throws {
        let scratch = try TemporaryFolder()
        let metrics = try #require(
            try learn(ranks: 2, PoolFixture.settings(method), into: scratch.path)[0].get()
        )
        let file = try CoefficientsFile(scratch.file("coefficients.json"))
        #expect(metrics.steps == (method.takesAll ? 10 : 20))
        for sum in file.sums { #expect(abs(sum - 1) <= 1e-9) }
        #expect(file.alpha.joined().contains { abs($0 - 1.0 / 6) > 1e-6 })
    }

    /// And the same bytes on any ranks: a chunk is rounded by itself.
    @Test(arguments: [(SliceType.bf16, 0.02), (.i8, 0.04)]) func fewBitsGiveNearlyTheSameSoup(
        type: SliceType,
        tolerance: Double
    ) throws {
        let (full, few, together) = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
        var settings = PoolFixture.settings(.mehl)
        let exact = try #require(try learn(ranks: 1, settings, into: full.path)[0].get())
        settings.sliceType = type
        let rounded = try #require(try learn(ranks: 1, settings, into: few.path)[0].get())
        #expect(abs(exact.heldoutLoss - rounded.heldoutLoss) <= 1e-3)
        let (a, b) = (
            try CoefficientsFile(full.file("coefficients.json")),
            try CoefficientsFile(few.file("coefficients.json"))
        )
        let change = a.alpha.joined().map { abs($0 - 1.0 / 6) }.max() ?? 0
        for (x, y) in zip(a.alpha.joined(), b.alpha.joined()) { #expect(abs(x - y) <= tolerance * change) }
        _ = try learn(ranks: 3, settings, into: together.path)[0].get()
        for file in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(try few.bytes(file) == together.bytes(file), "\(file)")
        }
    }

    @Test(arguments: [1, 3], SliceType.allCases) func aNaNInOneIngredientEndsEveryRankAlike(
        ranks: Int,
        type: SliceType
    ) throws {
        let fixture = try PoolFixture()
        let scratch = try TemporaryFolder()
        for index in 0..<3 {
            let name = "model_0\(index).safetensors"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.folder)/\(name)"))
            // The last tensor's last element, which the last rank reads.
            if index == 2 { bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F]) }
            try bytes.write(to: URL(fileURLWithPath: scratch.file(name)))
        }
        let config = try String(contentsOfFile: "\(fixture.folder)/config.json", encoding: .utf8)
        try config.write(toFile: scratch.file("config.json"), atomically: true, encoding: .utf8)
        let out = scratch.file("out")
        var settings = PoolFixture.settings()
        settings.sliceType = type
        let outcomes = try learn(ranks: ranks, settings, into: out, models: [scratch.path])
        for outcome in outcomes {
            let error = try #require(throws: (any Error).self) { try outcome.get() }
            #expect(error is any InputError)
            #expect("\(error)".contains("model_02.safetensors"), "\(error)")
            #expect(!"\(error)".contains("\n"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: out) == [])
    }

    @Test func identicalIngredientsStandStill() throws {
        let fixture = try PoolFixture()
        let scratch = try TemporaryFolder()
        for index in 0..<3 {
            let source = "\(fixture.folder)/model_00.safetensors"
            try FileManager.default.copyItem(
                atPath: source,
                toPath: scratch.file("copy_\(index).safetensors")
            )
        }
        try FileManager.default.copyItem(
            atPath: "\(fixture.folder)/config.json",
            toPath: scratch.file("config.json")
        )
        let out = scratch.file("out")
        _ = try learn(ranks: 2, PoolFixture.settings(), into: out, models: [scratch.path])[0].get()
        let file = try CoefficientsFile("\(out)/coefficients.json")
        for value in file.alpha.joined() { #expect(abs(value - 1.0 / 3) <= 1e-15) }
        let (soup, first) = ("\(out)/model.safetensors", "\(fixture.folder)/model_00.safetensors")
        #expect(try Array(Checkpoint(soup).tensors.keys) == Array(Checkpoint(first).tensors.keys))
        // The header alone differs, by the note that the model is a soup.
        let numbers = try [soup, first].map { path in
            try Data(contentsOf: URL(fileURLWithPath: path))
                .suffix(4 * Checkpoint(first).tensors.values.reduce(0) { $0 + $1.count })
        }
        #expect(numbers[0] == numbers[1])
    }

    /// Ranks that see other files or were given other options would mix what does not belong together.
    @Test func ranksMustAgree() throws {
        let fixture = try PoolFixture()
        let renamed = try TemporaryFolder()
        for index in 0..<6 {
            try FileManager.default.copyItem(
                atPath: "\(fixture.folder)/model_0\(index).safetensors",
                toPath: renamed.file("model_0\((index + 1) % 6).safetensors")
            )
        }
        let config = "\(fixture.folder)/config.json"
        try FileManager.default.copyItem(atPath: config, toPath: renamed.file("config.json"))
        let cases: [(models: [String], data: String, options: [String], word: String)] = [
            ([renamed.path], fixture.data, ["--lr 1"], "model_00.safetensors"),
            (fixture.models + [renamed.file("model_00.safetensors")], fixture.data, ["--lr 1"], "1 --models"),
            ([fixture.folder], fixture.data + "[0:100]", ["--lr 1"], "100 images"),
            ([fixture.folder], fixture.data, ["--lr 2"], "--lr 2"),
        ]
        for (models, data, options, word) in cases {
            let outcomes = MemoryTransport.run(ranks: 3) { transport in
                let isOdd = transport.rank == 2
                let inputs = try RunInputs.open(
                    models: isOdd ? models : [fixture.folder],
                    datasets: [isOdd ? data : fixture.data],
                    on: transport
                )
                try transport.agree(on: inputs, options: isOdd ? options : ["--lr 1"])
            }
            for outcome in outcomes {
                let error = try #require(throws: (any Error).self) { try outcome.get() }
                #expect(error is any InputError && "\(error)".contains(word), "\(error)")
            }
        }
    }
}
