import Diagnostics
import Graphs
import Soups
import Traces

/// Evaluates ingredients and their means on a part of the held-out data, on all ranks, each once.
final class PoolTrials: SoupTrials {
    let part: HeldOutPart
    private let coordinator: Coordinator
    private let recorder: RunRecorder
    private var members: [Int] = []
    /// The mean that is on trial, and whether an interrupted run knew of it.
    private var latest: (evaluation: TraceEvaluation, isKnown: Bool)?
    private var tried = 0
    private var progress: ProgressMeter?

    /// * `recorder`: gets every evaluation that is made, and knows those of an interrupted run
    init(_ coordinator: Coordinator, on part: HeldOutPart, _ recorder: RunRecorder) {
        self.coordinator = coordinator
        self.part = part
        self.recorder = recorder
    }

    /// Every ingredient by itself, in the pool's order.
    ///
    /// * `known`: what another run found on the same part
    func ingredients(known: [TraceEvaluation]? = nil) throws -> [TraceEvaluation] {
        let count = coordinator.worker.inputs.pool.count
        let progress = ProgressMeter(total: count, isSpeaking: known == nil)
        defer { progress.finish() }
        return try (0..<count).map { ingredient in
            let found = try evaluate(.ingredient, [ingredient], known: known?[ingredient])
            progress.update(step: ingredient + 1, "evaluating=ingredients accuracy=\(found.accuracy)")
            return found
        }
    }

    /// The mean of some ingredients.
    func score(meanOf ingredients: [Int]) throws -> TraceEvaluation {
        try evaluate(.mean, ingredients)
    }

    /// The greedy soup's members, in the order in which they came; `scores` are those of the ingredients.
    func greedy(_ scores: [TraceEvaluation]) throws -> [Int] {
        members = []
        let progress = ProgressMeter(total: scores.count, isSpeaking: true)
        defer { progress.finish() }
        self.progress = progress
        var trials = self
        return try GreedySoup.members(scores.map { SoupScore($0) }, &trials)
    }

    func score(with ingredient: Int) throws -> SoupScore {
        let ingredients = members + [ingredient]
        if let known = try recorder.known(.greedy, part.traced, ingredients) {
            latest = (known, true)
            return SoupScore(known)
        }
        if coordinator.worker.groups.unmixed == nil {
            try coordinator.give(.mean(with: ingredient))
        } else {
            _ = try coordinator.mix(coordinator.worker.mean(of: ingredients))
        }
        let found = evaluation(.greedy, ingredients, try coordinator.tally(0, part))
        latest = (found, false)
        return SoupScore(found)
    }

    func decide(_ ingredient: Int, isMember: Bool) throws {
        tried += 1
        progress?.update(step: tried, "evaluating=greedy members=\(members.count)")
        // The first member's score is that of the ingredient by itself, and recorded.
        if !members.isEmpty, var turn = latest, !turn.isKnown {
            turn.evaluation.isKept = isMember
            try recorder.didEvaluate(turn.evaluation)
        }
        guard isMember else { return }
        try coordinator.give(.add(ingredient: ingredient))
        members.append(ingredient)
    }

    /// The mean of some ingredients on the part: known already, or found now and recorded.
    private func evaluate(
        _ subject: TraceEvaluation.Subject,
        _ ingredients: [Int],
        known: TraceEvaluation? = nil
    ) throws -> TraceEvaluation {
        if let known = try recorder.known(subject, part.traced, ingredients) { return known }
        let found = try known ?? evaluation(subject, ingredients, tally(meanOf: ingredients))
        try recorder.didEvaluate(found)
        return found
    }

    private func tally(meanOf ingredients: [Int]) throws -> LossSum {
        _ = try coordinator.mix(coordinator.worker.mean(of: ingredients))
        return try coordinator.tally(0, part)
    }

    private func evaluation(_ subject: TraceEvaluation.Subject, _ ingredients: [Int], _ sum: LossSum)
        -> TraceEvaluation
    {
        TraceEvaluation(step: 0, subject: subject, part: part.traced, ingredients: ingredients, sum)
    }
}

extension SoupScore {
    init(_ evaluation: TraceEvaluation) {
        self.init(loss: evaluation.loss, accuracy: evaluation.accuracy)
    }
}

extension HeldOutPart {
    /// What a trace calls it.
    var traced: TraceEvaluation.Part {
        switch self {
        case .all: .all
        case .learning: .learning
        case .monitor: .monitor
        case .trial: .trial
        case .look: .look
        }
    }
}
