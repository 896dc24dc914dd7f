import Diagnostics
import Foundation
import Graphs
import Soups
import Traces

/// Writes the traces of a run, saves its state and tells its progress.
final class RunRecorder: SoupObserver {
    let objective: PoolObjective
    let level: TraceLevel
    private let begin: () throws -> RunTraces
    private let saver: RunSaver
    private var didStart: (() -> Void)?
    /// Whether the work counts as begun with the first record; while the ingredients are looked at it does not.
    var isLooking = false
    private let totalSteps: Int
    /// Steps that an interrupted run had done before.
    private let stepsBefore: Int
    /// Begins with the first coefficient block, so that what came before does not spoil the estimate.
    private(set) lazy var progress = ProgressMeter(total: totalSteps, done: stepsBefore, isSpeaking: true)
    /// Nil until the first ingredients have been read, so that wrong input leaves an earlier run's traces alone.
    private var traces: RunTraces?
    var bytesSent: [Int]
    /// What the report draws.
    var history: RunHistory
    /// Evaluations that an interrupted run made, in the order in which they will be asked for again.
    private var known: ArraySlice<TraceEvaluation>
    /// The learner's state when it was last in a place to be taken up from.
    private var soup: (any Codable)?

    /// * `begin`: opens new traces
    /// * `resumption`: what an interrupted run left; nil for none
    init(
        _ objective: PoolObjective,
        _ saver: RunSaver,
        level: TraceLevel,
        totalSteps: Int,
        resuming resumption: Resumption?,
        begin: @escaping () throws -> RunTraces,
        didStart: @escaping () -> Void
    ) {
        self.objective = objective
        self.saver = saver
        self.level = level
        self.begin = begin
        self.totalSteps = totalSteps
        self.didStart = didStart
        traces = resumption?.traces
        history = resumption?.history ?? RunHistory()
        stepsBefore = history.losses.count
        known = history.evaluations.filter { $0.subject != .iterate }[...]
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
    }

    /// Tells once that the work has begun.
    func announce() {
        didStart?()
        didStart = nil
    }

    /// What an interrupted run found of these ingredients, if it came so far.
    ///
    /// The same run asks the same questions in the same order; other answers would make another run of it.
    func known(
        _ subject: TraceEvaluation.Subject,
        _ part: TraceEvaluation.Part,
        _ ingredients: [Int]
    ) throws -> TraceEvaluation? {
        guard let next = known.popFirst() else { return nil }
        guard next.subject == subject, next.part == part, next.ingredients == ingredients else {
            throw RunError(
                "the trace of the interrupted run tells of \(next.subject.rawValue) \(next.ingredients) where "
                    + "\(subject.rawValue) \(ingredients) is due: begin anew with --restart"
            )
        }
        return next
    }

    /// Records what was found, unless the interrupted run had found it already.
    func confirm(_ found: TraceEvaluation) throws {
        guard try known(found.subject, found.part, found.ingredients) == nil else { return }
        try didEvaluate(found)
    }

    /// Whether there is anything that it would be a pity to lose.
    var hasProgress: Bool { !history.losses.isEmpty || !history.evaluations.isEmpty }

    /// Records an evaluation that the learner did not ask for.
    func didEvaluate(_ evaluation: TraceEvaluation) throws {
        try note(evaluation)
        try reach()
    }

    private func note(_ evaluation: TraceEvaluation) throws {
        var evaluation = evaluation
        evaluation.step = history.losses.count
        try append(.evaluation(evaluation))
    }

    private func append(_ record: TraceRecord) throws {
        try start().steps.append(record)
        history.take(record)
    }

    func didReach<Space: CoefficientSpace>(_ state: SoupState<Space>) throws {
        soup = state
        try reach(isBetweenBlocks: state.current == nil || history.losses.isEmpty)
    }

    /// Saves the state where that is due, and ends the run where it was asked to stop.
    private func reach(isBetweenBlocks: Bool = false) throws {
        let signal = objective.coordinator.stopSignal
        let steps = history.losses.count
        if isBetweenBlocks || signal != nil || saver.isDue(stepsDone: steps) { try save() }
        guard let signal else { return }
        throw StoppedRun("stopped by \(signal) after step \(steps) of \(totalSteps), state saved")
    }

    private func save() throws {
        try saver.save(
            soup: soup,
            stepsDone: history.losses.count,
            bytesSent: objective.coordinator.bytesSent,
            centre: objective.centre,
            start()
        )
    }

    func didMonitor(_ record: SoupMonitorRecord) throws {
        // What looking at the monitor sent is no part of a step.
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
        try note(
            TraceEvaluation(
                step: record.stepsDone,
                subject: .iterate,
                part: .monitor,
                objective.monitored,
                isKept: record.isKept
            )
        )
    }

    func didEnter(
        _ block: CoefficientBlock,
        fold: Int,
        distances: CoefficientMatrix,
        alpha: CoefficientMatrix
    ) throws {
        _ = progress
        bytesSent = objective.coordinator.reports.map(\.bytesSent)
        try append(
            .coefficientBlock(
                TraceCoefficientBlock(
                    outerEpoch: block.outerEpoch,
                    index: block.index,
                    ingredients: block.ingredients,
                    norms: distances.values,
                    fold: fold
                )
            )
        )
    }

    func didStep(_ record: SoupStepRecord) throws {
        let step = record.step
        try append(
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

    /// The traces, opened where no record has yet.
    @discardableResult func start() throws -> RunTraces {
        if !isLooking { announce() }
        if let traces { return traces }
        let traces = try begin()
        self.traces = traces
        return traces
    }

    /// Ends the traces, whole on disk, still under their temporary names.
    func finish(_ footer: TraceFooter) throws {
        let traces = try start()
        try traces.steps.append(.footer(footer))
        try traces.sync()
    }

    /// Makes the traces appear under their names.
    func commit() throws {
        try traces?.commit()
    }

    /// Forgets the traces of a run whose input was wrong.
    func discard() {
        traces?.discard()
    }
}

extension Double {
    fileprivate func rounded(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
