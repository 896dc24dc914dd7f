import Checkpoints
import Datasets
import Diagnostics
import Foundation
import MessagePassing
import Synchronization
import TestSupport
import Testing
import VisionModels

@testable import Training

@Suite struct PoolMakerTests {
    private let folder: TemporaryFolder
    private let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = try TinyImages.write(96, into: folder)
    }

    private func settings(_ name: String) -> PoolSettings {
        var settings = PoolSettings(data: data, folder: "\(folder.path)/\(name)")
        settings.heldoutData = "\(data)[0:20]"
        settings.evaluationData = "\(data)[20:50]"
        (settings.embedding, settings.depth, settings.heads) = (16, 1, 2)
        (settings.count, settings.batchSize, settings.lanes) = (3, 16, 2)
        (settings.pretrainEpochs, settings.epochs) = (1, 0.5...1)
        return settings
    }

    private func make(_ settings: PoolSettings, ranks: Int) -> [Result<PoolResult?, any Error>] {
        MemoryTransport.run(ranks: ranks) { transport in
            try PoolMaker(settings, on: transport, output: .init(isTerminal: false) { _ in }).make()
        }
    }

    private func contents(_ name: String) throws -> [String: Data] {
        let path = "\(folder.path)/\(name)"
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        return try names.reduce(into: [:]) { contents, name in
            contents[name] = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
        }
    }

    @Test(arguments: [2, 3, 5]) func ranksDoNotChangeOneBit(ranks: Int) throws {
        let alone = make(settings("alone"), ranks: 1)
        let result = try #require(try alone[0].get())
        var threaded = settings("together")
        threaded.threads = 2
        threaded.pretrainThreads = 3
        let together = make(threaded, ranks: ranks)
        #expect(try together[0].get()?.report == result.report)
        for rank in 1..<ranks { #expect(try together[rank].get() == nil) }
        let expected = try contents("alone")
        let names: [String] = [
            "base.safetensors", "config.json", "ingredients.json", "model_00.safetensors",
            "model_01.safetensors", "model_02.safetensors",
        ]
        #expect(expected.keys.sorted() == names)
        #expect(try contents("together") == expected)
    }

    @Test func theRestOfTheProgramReadsThePool() throws {
        let settings = settings("pool")
        let result = try #require(try make(settings, ranks: 1)[0].get())
        let pool = try IngredientPool(patterns: [settings.folder])
        #expect(
            pool.ingredients.map { ($0.path as NSString).lastPathComponent }
                == result.report.ingredients.map(\.file)
        )
        let description = try ModelDescription(folder: pool.ingredients[0].folder)
        let model = try VisionModel(
            description,
            shapes: pool.ingredients[0].tensors.mapValues(\.shape).reduce(into: [:]) {
                $0[$1.key] = $1.value
            },
            file: pool.ingredients[0].path
        )
        let sizes: [Int] = [model.channels, model.height, model.width, model.graph.classes]
        #expect(sizes == [1, 8, 8, 4] as [Int])
        let measured = try Normalisation.measured(on: .open(data))
        #expect(model.mean == measured.mean)
        #expect(model.std == measured.std)
        let text = try Data(contentsOf: URL(fileURLWithPath: "\(settings.folder)/ingredients.json"))
        let root = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        let entries = try #require(root["ingredients"] as? [[String: Any]])
        #expect(entries.count == 3)
        #expect(entries[0]["heldout_accuracy"] as? Double == result.report.ingredients[0].heldoutAccuracy)
        #expect(entries[0]["test_accuracy"] is Double)
    }

    /// An interrupted run must not leave what could be taken for a pool.
    @Test func theDescriptionIsWrittenLast() throws {
        let settings = settings("pool")
        let seen = Mutex<[Set<String>]>([])
        let outcome = MemoryTransport.run(ranks: 1) { transport in
            let output = ProgressMeter.Output(isTerminal: false) { line in
                guard line.contains("done ") else { return }
                let names = try? FileManager.default.contentsOfDirectory(atPath: settings.folder)
                seen.withLock { $0.append(Set(names ?? [])) }
            }
            return try PoolMaker(settings, on: transport, output: output).make()
        }
        _ = try outcome[0].get()
        let listings = seen.withLock { $0 }
        #expect(listings.contains { $0.contains("model_02.safetensors") })
        #expect(listings.allSatisfy { $0.isDisjoint(with: ["config.json", "ingredients.json"]) })
        #expect(FileManager.default.fileExists(atPath: "\(settings.folder)/config.json"))
    }

    @Test func settingsDependOnTheIndexAlone() {
        var few = settings("")
        var many = settings("")
        (few.count, many.count) = (2, 50)
        let drawn = (0..<50).map { many.ingredientSettings($0, samples: 1000) }
        #expect((0..<2).map { few.ingredientSettings($0, samples: 1000) } == Array(drawn.prefix(2)))
        #expect(Set(drawn.map(\.seed)).count == 50)
        #expect(drawn.allSatisfy { many.learningRates.contains($0.learningRate) })
        #expect(drawn.allSatisfy { (31...63).contains($0.steps) })
        let rates = drawn.map(\.learningRate)
        #expect((rates.max() ?? 0) > 2 * (rates.min() ?? 1))
        many.seed = 2
        #expect(many.ingredientSettings(0, samples: 1000) != drawn[0])
        #expect(PoolFolder.ingredientName(7, of: 8) == "model_07")
        #expect(PoolFolder.ingredientName(7, of: 101) == "model_007")
    }

    @Test func pretrainingSeesTheShareAskedFor() {
        var settings = settings("")
        settings.pretrainShare = 0.25
        let samples = settings.pretrainSamples(of: 80)
        #expect(samples.count == 20 && Set(samples).count == 20)
        #expect(samples.allSatisfy { (0..<80).contains($0) })
    }
}
