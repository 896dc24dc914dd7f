import Coordination
import Diagnostics
import MessagePassing

/// A look at a pool before anything is learned or written: what `--dry-run` and `inspect --data` show.
package struct PoolPreview {
    package let look: LookTable
    /// What each run will take, in their order.
    package let forecasts: [RunForecast]
    package let doubts: [Doubt]

    /// Every rank calls it; returns nil but on the coordinator.
    ///
    /// * `runs`: the settings of the runs that would follow, fitted to the inputs; at least one
    package static func make(
        _ inputs: RunInputs,
        _ runs: [LearnSettings],
        on transport: any Transport
    ) throws -> PoolPreview? {
        let baseBytes = MemoryParts.resident
        let worker = Worker(transport, inputs, runs[0].work(inputs))
        return try Coordinator.run(worker) { coordinator in
            let look = try PoolLooker(coordinator).look()
            let names = inputs.pool.names
            return PoolPreview(
                look: LookTable(look, names),
                forecasts: look.rates.map { rates in
                    runs.enumerated().map { index, settings in
                        let own = index == 0 ? worker : Worker(transport, inputs, settings.work(inputs))
                        return RunForecast(own, settings, rates, baseBytes: baseBytes)
                    }
                } ?? [],
                doubts: inputs.doubts + look.doubts(names, data: inputs.datasets[0].name)
            )
        }
    }
}
