import Soups
import Traces

extension RunRecorder {
    /// Records what a step took every rank.
    func recordRanks(_ record: SoupStepRecord) throws {
        let coordinator = objective.coordinator
        let update = (ContinuousClock.now - objective.evaluated) / .seconds(1)
        let partials =
            level == .shards
            ? coordinator.groupSumsByRank(width: record.gradient.rows + 1).map { sums in
                Array(sums.values.prefix(record.gradient.values.count))
            } : []
        var shares: [TraceRankStep.Share] = []
        for (rank, report) in coordinator.reports.enumerated() {
            var seconds = report.phaseSeconds
            if rank == 0, let last = TracePhase.allCases.firstIndex(of: .update) { seconds[last] = update }
            let sent = report.bytesSent - bytesSent[rank]
            bytesSent[rank] = report.bytesSent
            shares.append(
                TraceRankStep.Share(
                    phaseSeconds: seconds,
                    bytesSent: sent,
                    gradient: partials.isEmpty ? [] : partials[rank]
                )
            )
        }
        let rankStep = TraceRecord.rankStep(
            TraceRankStep(
                number: record.step.step,
                seconds: shares[0].phaseSeconds.reduce(0, +),
                ranks: shares
            )
        )
        try start().ranks.append(rankStep)
        history.take(rankStep)
    }
}
