import Checkpoints
import Diagnostics
import Foundation
import MessagePassing
import PoolSupport
import Sharding
import Soups
import TestSupport
import Testing

@testable import Coordination
@testable import Runs

/// Runs whose ingredients lie on some ranks only, against the same run with everything in one place.
@Suite struct ScatteredPoolTests {
    /// Who has what, by rank: halves, one rank for all, disjoint thirds, nothing on the coordinator, overlaps.
    static let holdings: [[[Int]]] = [
        [[0, 1, 2], [3, 4, 5]],
        [[0, 1, 2, 3, 4, 5], []],
        [[4, 1], [0, 3], [2, 5]],
        [[], [1, 2, 4], [0, 3, 5]],
        [[0, 1, 2, 3], [2, 3, 4, 5], [0, 1, 2, 3], []],
    ]

    /// Learns with everything on one rank; the files, but for the folder's name.
    private func whole(_ settings: LearnSettings) throws -> [Data] {
        let pool = try ScatteredPool([[0, 1, 2, 3, 4, 5]])
        let out = try TemporaryFolder()
        _ = try learn(settings, into: out.path, models: pool.models)[0].get()
        return try MethodTests.files.map { pool.withoutFolders(try out.bytes($0)) }
    }

    @Test(arguments: [SoupMethod.mehlPlus, .greedy, .uniform], [2, nil]) func changeNoByte(
        method: SoupMethod,
        windowChunks: Int?
    ) throws {
        var settings = PoolFixture.settings(method)
        settings.start = .pool
        let expected = try whole(settings)
        settings.threads = 2
        for holdings in Self.holdings {
            let pool = try ScatteredPool(holdings)
            let out = try TemporaryFolder()
            let outcomes = try learn(
                settings,
                into: out.path,
                models: pool.models,
                windowChunks: windowChunks
            )
            for outcome in outcomes { _ = try outcome.get() }
            for (file, data) in zip(MethodTests.files, expected) {
                let found = pool.withoutFolders(try out.bytes(file))
                #expect(found == data, "\(file) of \(method.rawValue), \(holdings)")
            }
        }
    }

    /// Half-precision differences, and a start that sets most coefficients to zero.
    @Test func othersOptionsChangeNoByteEither() throws {
        var settings = PoolFixture.settings(.mehl)
        settings.sliceType = .bf16
        settings.start = .greedy
        settings.monitor = 0.25
        let expected = try whole(settings)
        let pool = try ScatteredPool([[5, 0], [], [1, 2, 3, 4]])
        let out = try TemporaryFolder()
        _ = try learn(settings, into: out.path, models: pool.models, windowChunks: 3, bucketLength: 5000)[0]
            .get()
        for (file, data) in zip(MethodTests.files, expected) {
            #expect(pool.withoutFolders(try out.bytes(file)) == data, "\(file)")
        }
    }

    /// A pattern's ingredients come in natural order whoever has them, and each pattern's after those before it.
    @Test func keepTheOrderOfThePatterns() throws {
        let pool = try ScatteredPool([[1, 4], [0, 5]])
        let fixture = try PoolFixture()
        let last = "\(fixture.folder)/model_02.safetensors"
        let expected = [0, 1, 4, 5, 2].map(ScatteredPool.name)
        let outcomes = MemoryTransport.run(ranks: 2) { transport in
            let inputs = try RunInputs.open(
                models: pool.models[transport.rank] + [last],
                datasets: [],
                on: transport
            )
            return inputs.pool.ingredients.map {
                (($0.path as String).split(separator: "/").last ?? "", $0.isHere)
            }
        }
        for (rank, outcome) in outcomes.enumerated() {
            let files = try outcome.get()
            #expect(files.map { String($0.0) } == expected)
            #expect(
                files.map(\.1)
                    == (rank == 0 ? [false, true, true, false, true] : [true, false, false, true, true])
            )
        }
    }

    /// No message of weights where every rank can read every file.
    @Test func nothingTravelsWhereAllIsEverywhere() throws {
        let fixture = try PoolFixture()
        let outcomes = MemoryTransport.run(ranks: 3) { transport in
            let inputs = try RunInputs.open(models: fixture.models, datasets: [fixture.data], on: transport)
            let worker = Worker(transport, inputs, PoolFixture.settings().work(inputs))
            let before = transport.bytesSent
            let reading = worker.reading
            let slices = IngredientSlices(reading, blockSize: 6, type: .f32)
            _ = try slices.enter([0, 1, 2, 3, 4, 5])
            try RunningMean(reading).add(2)
            return (transport.bytesSent - before, reading.byteCount)
        }
        for outcome in outcomes { #expect(try outcome.get() == (0, 0)) }
    }

    /// Each weight that a rank lacks is sent once, as it is stored.
    @Test func onlyWhatIsMissingTravels() throws {
        let pool = try ScatteredPool([[0, 1, 2], [3, 4, 5]])
        let outcomes = MemoryTransport.run(ranks: 2) { transport in
            let inputs = try RunInputs.open(
                models: pool.models[transport.rank],
                datasets: [],
                on: transport
            )
            let worker = Worker(transport, inputs, PoolFixture.settings().work(inputs), windowChunks: 1)
            let before = transport.bytesSent
            _ = try IngredientSlices(worker.reading, blockSize: 6, type: .f32).enter([5, 0, 1])
            let other = worker.slices.slice(of: 1 - transport.rank)
            let windows = (transport.rank == 0 ? 2 : 1) * other.map(\.chunks.count).reduce(0, +)
            let weights = (transport.rank == 0 ? 2 : 1) * worker.slices.count(of: 1 - transport.rank) * 4
            return (transport.bytesSent - before, weights + windows)
        }
        for outcome in outcomes {
            let (sent, expected) = try outcome.get()
            #expect(sent == expected)
        }
    }
}
