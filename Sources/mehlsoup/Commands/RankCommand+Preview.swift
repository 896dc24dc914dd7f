import Coordination
import Diagnostics
import MessagePassing
import Runs

extension RankCommand {
    /// What `--dry-run` shows: the look, and what the runs would take.
    ///
    /// Every rank calls it.
    func preview(_ runs: [ResolvedRun], _ inputs: RunInputs, on transport: any Transport) throws {
        guard let preview = try PoolPreview.make(inputs, runs.map(\.settings), on: transport) else { return }
        if !runs[0].takesDoubtful, let refusal = DoubtfulInput(preview.doubts) { throw refusal }
        warnOfKernels(inputs)
        for warning in runs[0].warnings { warn(warning) }
        warn(of: preview.doubts, inputs)
        for line in preview.look.lines { print(line) }
        for (run, forecast) in zip(runs, preview.forecasts) {
            if runs.count > 1 { print("\(run.settings.method.rawValue), seed \(run.settings.seed)") }
            for line in forecast.lines { print(line) }
            if let warning = forecast.warning { warn(warning) }
        }
        guard runs.count > 1 else { return }
        let seconds = preview.forecasts.map(\.seconds).reduce(0, +)
        print("all together about \(ProgressMeter.duration(seconds))")
    }
}
