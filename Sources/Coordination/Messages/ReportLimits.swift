import Traces

/// What a rank's report on an order must hold: anything else is a message that went wrong.
///
/// A loss may be any number, for learning may diverge; how many there are may not.
struct ReportLimits: Equatable {
    var rank: Int
    var step = 0
    var sums = 0
    var losses = 0
    /// Whether each loss has its slope.
    var hasSlopes = false
    /// Samples that the losses are of.
    var samples = 0
    /// Logits, or statistics.
    var answers = 0

    func check(_ report: Report) throws(MessageError) {
        guard report.rank == rank, report.step == step else {
            let due = "rank \(rank), step \(step)"
            throw MessageError("rank \(report.rank), step \(report.step) where \(due) is due")
        }
        guard report.phaseSeconds.count == TracePhase.allCases.count,
            report.phaseSeconds.allSatisfy({ $0.isFinite && $0 >= 0 })
        else { throw MessageError("no sound seconds of \(TracePhase.allCases.count) phases") }
        // Far beyond what any rank has or sends, and far below what sums of them can hold.
        let most = 1 << 53
        guard (0...most).contains(report.bytesSent), (0...most).contains(report.peakResidentBytes) else {
            throw MessageError("counts of \(report.bytesSent) and \(report.peakResidentBytes) bytes")
        }
        guard (0...report.count).contains(report.correct) else {
            throw MessageError("\(report.correct) of \(report.count) answers")
        }
        // Of a failed part only the failure is looked at.
        guard report.failure == nil else { return }
        guard report.sums.count == sums else {
            throw MessageError("\(report.sums.count) sums where \(sums) are due")
        }
        guard report.losses.count == losses, report.count == samples else {
            throw MessageError(
                "\(report.losses.count) losses of \(report.count) samples where \(losses) of \(samples) are due"
            )
        }
        guard report.answers.count == answers else {
            throw MessageError("\(report.answers.count) logits where \(answers) are due")
        }
        guard !hasSlopes || report.temperatureSlopes.count == losses else {
            throw MessageError("\(report.temperatureSlopes.count) slopes of \(losses) losses")
        }
    }
}

extension Worker {
    /// What an order may ask of this rank now.
    var orderLimits: OrderLimits {
        OrderLimits(
            groups: groups.count,
            ingredients: inputs.pool.count,
            blockSize: settings.blockSize,
            entered: entered,
            folds: settings.folds,
            samples: inputs.datasets.map(\.count),
            hasKept: kept != nil,
            statistics: meter?.elements
        )
    }

    /// What `rank` must report on `order`.
    func reportLimits(_ order: Order, rank: Int) -> ReportLimits {
        var limits = ReportLimits(rank: rank, step: order.step ?? 0)
        let nodes = groupTrees.count(rank)
        switch order {
        case .enter(let ingredients, _, _): limits.sums = nodes * ingredients.count * settings.folds
        case .step(_, _, let displacement, _, let samples, _):
            limits.sums = nodes * (displacement.rows + 1)
            limits.losses = shares[rank].count
            limits.hasSlopes = true
            limits.samples =
                shares[rank].map { settings.lanes.positions($0, of: samples.count).count }.reduce(0, +)
        case .evaluate(let dataset, let part, let answers):
            let count = dataset == 0 ? heldOut.samples(part).count : inputs.datasets[dataset].count
            let own = microBatches(of: count, rank: rank)
            let size = settings.lanes.microBatch
            limits.losses = own.count
            limits.samples = min(own.upperBound * size, count) - min(own.lowerBound * size, count)
            limits.answers = answers ? limits.samples * inputs.model.graph.classes : 0
        case .seeStatistics: limits.answers = meter.map { $0.batches(of: rank).count * $0.elements } ?? 0
        case .measure(.keep), .measure(.compare): limits.sums = parameterTrees.count(rank) * 2
        case .measure(.forget), .combine, .settle, .mix, .add, .mean, .setStatistics, .digest, .stop: break
        }
        return limits
    }

    /// The micro-batches of an evaluation of `count` samples that are `rank`'s.
    func microBatches(of count: Int, rank: Int) -> Range<Int> {
        let batches = executor.microBatchCount(of: count)
        let size = transport.size
        return (batches * rank / size)..<(batches * (rank + 1) / size)
    }
}
