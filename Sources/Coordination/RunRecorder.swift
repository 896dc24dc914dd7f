import Diagnostics
import Foundation
import Soups
import Traces

/// Writes the traces of a run and tells its progress.
final class RunRecorder: SoupObserver {
    private let objective: PoolObjective
    private let level: TraceLevel
    private let steps: TraceWriter
    private let ranks: TraceWriter
    private let progress: ProgressMeter
    private var bytesSent: [Int]
    /// Seconds per phase on rank 0, over all steps.
    private(set) var phaseSeconds = [Double](repeating: 0, count: TracePhase.allCases.count)
    /// Payload bytes that all ranks sent in steps.
    private(set) var stepBytes = 0

    init(
        _ objective: PoolObjective,
        files: TraceFiles,
        header: TraceHeader,
        hosts: [String],
        level: TraceLevel,
        progress: ProgressMeter
    ) throws {
        self.objective = objective
        self.level = level
        self.progress = progress
        steps = try TraceWriter(files.steps, header: .header(header))
        ranks = try TraceWriter(files.ranks, header: .ranksHeader(TraceRanksHeader(hosts: hosts)))
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
    }

    func didEnter(_ block: CoefficientBlock, distances: CoefficientMatrix, alpha: CoefficientMatrix) throws {
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
        try steps.append(
            .coefficientBlock(
                TraceCoefficientBlock(
                    outerEpoch: block.outerEpoch,
                    index: block.index,
                    ingredients: block.ingredients,
                    norms: distances.values
                )
            )
        )
    }

    func didStep(_ record: SoupStepRecord) throws {
        let step = record.step
        try steps.append(
            .step(
                TraceStep(
                    number: step.step,
                    outerEpoch: step.outerEpoch,
                    coefficientBlock: step.coefficientBlock,
                    innerEpoch: step.epoch,
                    batch: step.batch,
                    alpha: record.alpha.values,
                    gradient: record.gradient.values,
                    loss: record.loss,
                    accuracy: record.accuracy,
                    learningRate: record.learningRate,
                    gradientNorm: record.gradientNorm,
                    samples: objective.samples
                )
            )
        )
        try recordRanks(record)
        progress.update(
            step: step.step + 1,
            "block=\(step.coefficientBlock) epoch=\(step.epoch) loss=\(record.loss.rounded(4)) "
                + "accuracy=\(record.accuracy.rounded(4)) lr=\(record.learningRate.rounded(5))"
        )
    }

    func didSettle(_ block: CoefficientBlock, alpha: CoefficientMatrix) throws {}

    func finish(_ footer: TraceFooter) throws {
        try steps.append(.footer(footer))
        try steps.commit()
        try ranks.commit()
    }

    /// Forgets the traces of a run whose input was wrong.
    func discard() {
        steps.discard()
        ranks.discard()
    }

    private func recordRanks(_ record: SoupStepRecord) throws {
        let coordinator = objective.coordinator
        let update = (ContinuousClock.now - objective.evaluated) / .seconds(1)
        let partials =
            level == .shards
            ? try coordinator.groupSumsByRank(width: record.gradient.rows + 1).map { sums in
                Array(sums.values.prefix(record.gradient.values.count))
            } : []
        var shares: [TraceRankStep.Share] = []
        for (rank, report) in coordinator.reports.enumerated() {
            var seconds = report.phaseSeconds
            if rank == 0, let last = TracePhase.allCases.firstIndex(of: .update) { seconds[last] = update }
            let sent = report.bytesSent - bytesSent[rank]
            bytesSent[rank] = report.bytesSent
            stepBytes += sent
            shares.append(
                TraceRankStep.Share(
                    phaseSeconds: seconds,
                    bytesSent: sent,
                    gradient: partials.isEmpty ? [] : partials[rank]
                )
            )
        }
        for (index, value) in shares[0].phaseSeconds.enumerated() { phaseSeconds[index] += value }
        try ranks.append(
            .rankStep(
                TraceRankStep(
                    number: record.step.step,
                    seconds: shares[0].phaseSeconds.reduce(0, +),
                    ranks: shares
                )
            )
        )
    }
}

extension Double {
    fileprivate func rounded(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
