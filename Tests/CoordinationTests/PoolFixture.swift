import Checkpoints
import Foundation
import Graphs
import MessagePassing
import Testing

@testable import Coordination

/// The six small ingredients of Fixtures/make_pool.py and their held-out images.
struct PoolFixture {
    let folder: String

    init() throws {
        folder = try #require(Bundle.module.resourcePath) + "/Fixtures/pool"
    }

    var models: [String] { ["\(folder)/model_*.safetensors"] }
    var data: String { "\(folder)/heldout.npz" }

    func inputs(_ models: [String]? = nil, data: [String]? = nil) throws -> RunInputs {
        try RunInputs(models: models ?? self.models, datasets: data ?? [self.data])
    }

    /// Twenty steps over two coefficient blocks, with the published settings but for the start.
    static func settings(_ method: SoupMethod = .mehlPlus) -> LearnSettings {
        var settings = LearnSettings(method, isPaper: true)
        settings.start = .pool
        settings.monitor = 0
        settings.blockSize = 4
        settings.batchSize = 64
        settings.epochs = 2
        return settings
    }
}

/// Learns on every rank of a group in memory and writes into `folder`; returns each rank's outcome.
func learn(
    ranks: Int,
    _ settings: LearnSettings,
    into folder: String,
    models: [String]? = nil
) throws -> [Result<RunMetrics?, any Error>] {
    let patterns = try models ?? PoolFixture().models
    return try learn(settings, into: folder, models: Array(repeating: patterns, count: ranks))
}

/// The same where each rank has patterns of its own, on a host of its own.
///
/// * `models`: by rank
/// * `windowChunks`: chunks of weights that travel between ranks at once
func learn(
    _ settings: LearnSettings,
    into folder: String,
    models: [[String]],
    windowChunks: Int? = nil
) throws -> [Result<RunMetrics?, any Error>] {
    let fixture = try PoolFixture()
    let hosts = models.indices.map { "host\($0)" }
    return MemoryTransport.run(ranks: models.count, hosts: hosts) { transport in
        let inputs = try RunInputs.open(
            models: models[transport.rank],
            datasets: [fixture.data],
            on: transport
        )
        let worker = Worker(transport, inputs, settings.work(inputs), windowChunks: windowChunks)
        return try Coordinator.run(worker) { coordinator in
            var shared = SharedFindings()
            return try SoupRun(
                coordinator,
                settings,
                folder: RunFolder(folder),
                options: [],
                version: "test"
            ).run(&shared).metrics
        }
    }
}
