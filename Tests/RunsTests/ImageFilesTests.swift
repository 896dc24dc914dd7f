import Datasets
import Diagnostics
import Foundation
import Graphs
import MessagePassing
import PoolSupport
import Soups
import TestSupport
import Testing

@testable import Coordination
@testable import Runs

/// Runs on image files: the same as on arrays of the same pixels, on any number of ranks and with any memory.
@Suite struct ImageFilesTests {
    /// The fixture's held-out images as PNGs in a tar file, in the same order; those in `broken` are cut short.
    private static func shard(_ folder: TemporaryFolder, broken: Set<Int> = []) throws -> String {
        let data = try Dataset.open(PoolFixture().data)
        var image = [Float](repeating: 0, count: data.imageLength)
        var members: [(name: String, data: [UInt8])] = []
        for sample in 0..<data.count {
            try image.withUnsafeMutableBufferPointer { buffer in
                let normalisation = Normalisation(mean: [0], std: [1])
                try data.read([sample], normalisation: normalisation, into: try #require(buffer.baseAddress))
            }
            let pixels = image.map { UInt8(($0 * 255).rounded()) }
            var png = PNGFile.grey(pixels, height: data.height, width: data.width)
            if broken.contains(sample) { png.removeLast(100) }
            members.append(("sample\(sample).png", png))
            members.append(("sample\(sample).cls", Array("\(data.labels[sample])".utf8)))
        }
        return try folder.write(TarFile.archive(members), "heldout.tar")
    }

    private func learn(
        _ data: String,
        ranks: Int,
        _ images: ImageSettings = ImageSettings(),
        into folder: String,
        then check: @Sendable @escaping (Worker) -> Void = { _ in }
    ) throws -> [Result<RunMetrics?, any Error>] {
        let models = try PoolFixture().models
        var chosen = PoolFixture.settings()
        chosen.monitor = 0.2
        let settings = chosen
        return MemoryTransport.run(ranks: ranks) { transport in
            let inputs = try RunInputs.open(models: models, datasets: [data], images: images, on: transport)
            let worker = Worker(transport, inputs, settings.work(inputs))
            let metrics = try Coordinator.run(worker) { coordinator in
                var shared = SharedFindings()
                return try SoupRun(
                    coordinator,
                    settings,
                    folder: RunFolder(folder),
                    options: [],
                    version: "test"
                ).run(&shared).metrics
            }
            check(worker)
            return metrics
        }
    }

    @Test(
        arguments: [1, 2, 3, 5],
        [
            ImageSettings(memory: 1 << 30, threads: 2), ImageSettings(memory: 20_000),
            ImageSettings(badImages: .skip, memory: 0),
        ]
    )
    func filesGiveWhatArraysGive(ranks: Int, images: ImageSettings) throws {
        let scratch = try TemporaryFolder()
        let shard = try Self.shard(scratch)
        let (arrays, files) = (try TemporaryFolder(), try TemporaryFolder())
        _ = try learn(PoolFixture().data, ranks: 1, into: arrays.path)[0].get()
        let count = try Dataset.open(PoolFixture().data).count
        let outcomes = try learn(shard, ranks: ranks, images, into: files.path) { worker in
            // Each rank keeps its own share, and of what evaluation dealt it at the borders.
            let share = count / ranks + 2 * worker.settings.lanes.microBatch + 1
            #expect(worker.inputs.imageBudget.used <= min(share * 144, images.memory ?? 0))
        }
        for outcome in outcomes { _ = try outcome.get() }
        for file in ["trace.pb", "coefficients.json", "model.safetensors"] {
            #expect(try arrays.bytes(file) == files.bytes(file), "\(file) on \(ranks) ranks")
        }
    }

    @Test(arguments: [1, 3]) func aBrokenImageIsNamedOnEveryRank(ranks: Int) throws {
        let scratch = try TemporaryFolder()
        let shard = try Self.shard(scratch, broken: [250])
        let outcomes = try learn(shard, ranks: ranks, into: scratch.file("out"))
        for outcome in outcomes {
            let error = try #require(throws: (any Error).self) { try outcome.get() }
            #expect(error is any InputError)
            #expect(
                "\(error)".contains("heldout.tar (sample250.png): expected a sound PNG image"),
                "\(error)"
            )
        }
    }

    @Test func brokenImagesAreLeftOutAlikeOnAnyRanks() throws {
        let scratch = try TemporaryFolder()
        let shard = try Self.shard(scratch, broken: [0, 77, 250, 251, 319])
        let skip = ImageSettings(badImages: .skip, memory: 10_000)
        let folders = try [1, 2, 4].map { ranks in
            let folder = try TemporaryFolder()
            let outcomes = try learn(shard, ranks: ranks, skip, into: folder.path) { worker in
                #expect(worker.inputs.datasets[0].count == 315)
                #expect(worker.inputs.badImages[0].map(\.place) == [0, 77, 250, 251, 319])
                #expect(worker.inputs.badImageLines.count == 6)
                #expect(
                    worker.inputs.badImageLines[0].hasSuffix("heldout.tar: 5 broken images left out of 320:")
                )
            }
            for outcome in outcomes { _ = try outcome.get() }
            return folder
        }
        for folder in folders.dropFirst() {
            #expect(try folders[0].bytes("trace.pb") == folder.bytes("trace.pb"))
        }
    }

    /// The others wait for the part of a rank that fails: what it sends counts for nothing.
    @Test func aRankThatFailsAddsNothingToTheGradient() throws {
        let scratch = try TemporaryFolder()
        let shard = try Self.shard(scratch, broken: [250])
        let models = try PoolFixture().models
        let settings = PoolFixture.settings()
        // The last lane's last, and so rank 1's.
        let samples = Array(0..<63) + [250]
        let outcomes = MemoryTransport.run(ranks: 2) { transport in
            let inputs = try RunInputs.open(models: models, datasets: [shard], on: transport)
            let worker = Worker(transport, inputs, settings.work(inputs))
            var clock = PhaseClock()
            let start = CoefficientMatrix.mean(of: [0, 1, 2, 3, 4, 5], pool: 6, groups: worker.groups.count)
            let entered = try worker.perform(.enter(ingredients: [0, 1, 2, 3], alpha: start), &clock)
            #expect(entered.failure == nil)
            let displacement = CoefficientMatrix(rows: 4, columns: worker.groups.count)
            let order = Order.step(number: 0, displacement: displacement, temperature: 1, samples: samples)
            let report = try worker.perform(order, &clock)
            #expect((report.failure == nil) == transport.isCoordinator)
            let sum = Array(try #require(worker.travel.gradient))
            guard transport.isCoordinator else { return (sum, [Float]()) }
            // Rank 0's lanes by themselves.
            let executor = LaneExecutor(
                inputs.model.graph,
                plan: worker.settings.lanes,
                node: worker.shares[0],
                team: .alone
            )
            let batch = DatasetBatch(
                dataset: inputs.datasets[0],
                normalisation: inputs.normalisation,
                classes: inputs.model.graph.classes,
                samples: samples
            )
            let own = try executor.gradient(batch, parameters: worker.parameters.base).gradient
            let values = UnsafeBufferPointer(start: try #require(own), count: inputs.layout.count)
            return withExtendedLifetime(executor) { (sum, Array(values)) }
        }
        let results = try outcomes.map { try $0.get() }
        let expected = results[0].1
        #expect(expected.contains { $0 != 0 })
        #expect(results[0].0 + results[1].0 == expected)
    }

    @Test func ranksMustDealWithBrokenImagesAlike() throws {
        let scratch = try TemporaryFolder()
        let shard = try Self.shard(scratch)
        let models = try PoolFixture().models
        let outcomes = MemoryTransport.run(ranks: 2) { transport in
            let images = ImageSettings(badImages: transport.rank == 0 ? .stop : .skip)
            _ = try RunInputs.open(models: models, datasets: [shard], images: images, on: transport)
        }
        for outcome in outcomes {
            let error = try #require(throws: (any Error).self) { try outcome.get() }
            #expect("\(error)".contains("--on-bad-image skip"), "\(error)")
        }
    }
}
