import Coordination
import Foundation
import MessagePassing
import Runs

/// The six small ingredients of Fixtures/make_pool.py and their held-out images.
package struct PoolFixture {
    package let folder: String

    package init() throws {
        folder = try Self.file("pool")
    }

    /// The path of something in Fixtures.
    package static func file(_ name: String) throws -> String {
        guard let folder = Bundle.module.resourcePath else { throw CocoaError(.fileNoSuchFile) }
        return "\(folder)/Fixtures/\(name)"
    }

    package var models: [String] { ["\(folder)/model_*.safetensors"] }
    package var data: String { "\(folder)/heldout.npz" }

    package func inputs(_ models: [String]? = nil, data: [String]? = nil) throws -> RunInputs {
        try RunInputs(models: models ?? self.models, datasets: data ?? [self.data])
    }

    /// Twenty steps over two coefficient blocks, with the published settings but for the start.
    package static func settings(_ method: SoupMethod = .mehlPlus) -> LearnSettings {
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
package func learn(
    ranks: Int,
    _ settings: LearnSettings,
    into folder: String,
    models: [String]? = nil,
    bucketLength: Int? = nil
) throws -> [Result<RunMetrics?, any Error>] {
    let patterns = try models ?? PoolFixture().models
    return try learn(
        settings,
        into: folder,
        models: Array(repeating: patterns, count: ranks),
        bucketLength: bucketLength
    )
}

/// The same where each rank has patterns of its own, on a host of its own.
///
/// * `models`: by rank
/// * `windowChunks`: chunks of weights that travel between ranks at once
/// * `bucketLength`: elements of parameters that do
package func learn(
    _ settings: LearnSettings,
    into folder: String,
    models: [[String]],
    windowChunks: Int? = nil,
    bucketLength: Int? = nil
) throws -> [Result<RunMetrics?, any Error>] {
    let fixture = try PoolFixture()
    let hosts = models.indices.map { "host\($0)" }
    return MemoryTransport.run(ranks: models.count, hosts: hosts) { transport in
        let inputs = try RunInputs.open(
            models: models[transport.rank],
            datasets: [fixture.data],
            on: transport
        )
        let worker = Worker(
            transport,
            inputs,
            settings.work(inputs),
            windowChunks: windowChunks,
            bucketLength: bucketLength
        )
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
