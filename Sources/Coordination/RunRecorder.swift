import Diagnostics
import Foundation
import Graphs
import Soups
import Traces

/// Writes the traces of a run and tells its progress.
final class RunRecorder: SoupObserver {
    private let objective: PoolObjective
    private let level: TraceLevel
    private let files: TraceFiles
    private let header: TraceHeader
    private let hosts: [String]
    private let didStart: () -> Void
    private let totalSteps: Int
    /// Begins with the first coefficient block, so that what came before does not spoil the estimate.
    private(set) lazy var progress = ProgressMeter(total: totalSteps, isSpeaking: true)
    /// The traces of steps and of ranks; nil until the first ingredients have been read, so that wrong input leaves an
    /// earlier run's traces alone.
    private var writers: (steps: TraceWriter, ranks: TraceWriter)?
    private var bytesSent: [Int]
    /// Seconds per phase on rank 0, over all steps.
    private(set) var phaseSeconds = [Double](repeating: 0, count: TracePhase.allCases.count)
    /// What the report draws.
    private(set) var history = RunHistory()
    /// Payload bytes that all ranks sent in steps.
    private(set) var stepBytes = 0

    init(
        _ objective: PoolObjective,
        files: TraceFiles,
        header: TraceHeader,
        hosts: [String],
        level: TraceLevel,
        totalSteps: Int,
        didStart: @escaping () -> Void
    ) {
        self.objective = objective
        self.files = files
        self.header = header
        self.hosts = hosts
        self.level = level
        self.totalSteps = totalSteps
        self.didStart = didStart
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
    }

    /// Records an evaluation that the learner did not ask for.
    func didEvaluate(_ evaluation: TraceEvaluation) throws {
        var evaluation = evaluation
        evaluation.step = history.losses.count
        history.evaluations.append(evaluation)
        try traces().steps.append(.evaluation(evaluation))
    }

    func didMonitor(_ record: SoupMonitorRecord) throws {
        // What looking at the monitor sent is no part of a step.
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
        try didEvaluate(
            TraceEvaluation(
                step: record.stepsDone,
                subject: .iterate,
                part: .monitor,
                objective.monitored,
                isKept: record.isKept
            )
        )
    }

    func didEnter(_ block: CoefficientBlock, distances: CoefficientMatrix, alpha: CoefficientMatrix) throws {
        history.didEnter(block, distances)
        _ = progress
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
        try traces().steps.append(
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
        history.didStep(record)
        try traces().steps.append(
            .step(
                TraceStep(
                    number: step.step,
                    outerEpoch: step.outerEpoch,
                    coefficientBlock: step.coefficientBlock,
                    innerEpoch: step.epoch,
                    batch: step.batch,
                    alpha: record.alpha.values,
                    gradient: record.gradient.values,
                    loss: record.score.loss,
                    accuracy: record.score.accuracy,
                    learningRate: record.learningRate,
                    gradientNorm: record.gradientNorm,
                    samples: objective.samples,
                    stillGroups: record.stillGroups,
                    temperature: record.temperature
                )
            )
        )
        try recordRanks(record)
        progress.update(
            step: step.step + 1,
            "block=\(step.coefficientBlock) epoch=\(step.epoch) loss=\(record.score.loss.rounded(4)) "
                + "accuracy=\(record.score.accuracy.rounded(4)) lr=\(record.learningRate.rounded(5))"
        )
    }

    func didSettle(_ block: CoefficientBlock, alpha: CoefficientMatrix) throws {}

    /// Opens the traces where no record has yet.
    func begin() throws {
        _ = try traces()
    }

    /// Ends the traces, whole on disk, still under their temporary names.
    func finish(_ footer: TraceFooter) throws {
        let traces = try traces()
        try traces.steps.append(.footer(footer))
        try traces.steps.sync()
        try traces.ranks.sync()
    }

    /// Makes the traces appear under their names.
    func commit() throws {
        try writers?.steps.commit()
        try writers?.ranks.commit()
    }

    /// Forgets the traces of a run whose input was wrong.
    func discard() {
        writers?.steps.discard()
        writers?.ranks.discard()
    }

    private func traces() throws -> (steps: TraceWriter, ranks: TraceWriter) {
        if let writers { return writers }
        let steps = try TraceWriter(files.steps, header: .header(header))
        let ranks: TraceWriter
        do {
            ranks = try TraceWriter(files.ranks, header: .ranksHeader(TraceRanksHeader(hosts: hosts)))
        } catch {
            steps.discard()
            throw error
        }
        writers = (steps, ranks)
        didStart()
        return (steps, ranks)
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
        try traces().ranks.append(
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

extension TraceEvaluation {
    init(
        step: Int,
        subject: Subject,
        part: Part,
        ingredients: [Int] = [],
        _ sum: LossSum,
        isKept: Bool = false
    ) {
        self.init(
            step: step,
            subject: subject,
            part: part,
            ingredients: ingredients,
            loss: sum.meanLoss,
            correct: sum.correct,
            samples: sum.count,
            isKept: isKept
        )
    }
}

extension Double {
    fileprivate func rounded(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
