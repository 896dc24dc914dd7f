import Coordination
import MessagePassing
import Reports
import Runs

extension ResolvedRun {
    /// Makes the soup on all ranks and writes it; returns what came of it on the coordinator.
    ///
    /// * `inputs`: what `models`, `data` and `evalData` name, opened
    /// * `folder`: where to write, on the coordinator
    func perform(
        _ inputs: RunInputs,
        on transport: any Transport,
        into folder: RunFolder?,
        _ shared: inout SharedFindings
    ) throws -> RunResult? {
        // On every rank: the peak that is told is the greatest of all.
        MemoryParts.resetPeak()
        let baseBytes = MemoryParts.resident
        let worker = Worker(transport, inputs, settings.work(inputs))
        let configuration = try yaml()
        var findings = shared
        let result = try Coordinator.run(worker) { coordinator in
            guard let folder else { preconditionFailure("the coordinator has a folder") }
            return try SoupRun(
                coordinator,
                settings,
                folder: folder,
                options: resultOptions,
                pages: { result in
                    [
                        Page(name: "config.yaml", text: configuration, mark: ConfigurationFile.mark),
                        Page(name: "report.html", text: RunPage(result).html(), mark: ReportPage.mark),
                        Page(name: "README.md", text: ModelCard(result).markdown(), mark: ModelCard.mark),
                    ]
                },
                version: programVersion,
                interval: interval,
                interrupted: interrupted,
                notice: warn,
                takesDoubtful: takesDoubtful,
                baseBytes: baseBytes,
                didLook: { look, isNew, forecast in
                    let table = LookTable(look, inputs.pool.names)
                    for line in (isNew ? table.lines : []) + (forecast?.lines ?? []) { progress(line) }
                    if let warning = forecast?.warning { warn(warning) }
                },
                didStart: { doubts in
                    warnOfKernels(inputs)
                    for warning in warnings { warn(warning) }
                    warn(of: doubts, inputs)
                }
            ).run(&findings)
        }
        shared = findings
        return result
    }
}
