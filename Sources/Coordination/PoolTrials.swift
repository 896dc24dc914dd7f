import Diagnostics
import Graphs
import Soups
import Traces

/// Evaluates ingredients and their means on a part of the held-out data, on all ranks, each once.
final class PoolTrials: SoupTrials {
    let part: HeldOutPart
    private let coordinator: Coordinator
    private let record: (TraceEvaluation) throws -> Void
    private var members: [Int] = []
    private var latest = LossSum.zero
    private var tried = 0
    private var progress: ProgressMeter?

    /// * `record`: gets every evaluation that is made
    init(
        _ coordinator: Coordinator,
        on part: HeldOutPart,
        record: @escaping (TraceEvaluation) throws -> Void
    ) {
        self.coordinator = coordinator
        self.part = part
        self.record = record
    }

    /// Every ingredient by itself, in the pool's order.
    ///
    /// * `known`: what an earlier run found on the same part
    func ingredients(known: [LossSum]? = nil) throws -> [LossSum] {
        let count = coordinator.worker.inputs.pool.count
        let progress = ProgressMeter(total: count, isSpeaking: known == nil)
        defer { progress.finish() }
        return try (0..<count).map { ingredient in
            let sum = try known?[ingredient] ?? mean(of: [ingredient])
            try record(evaluation(.ingredient, [ingredient], sum))
            progress.update(step: ingredient + 1, "evaluating=ingredients accuracy=\(sum.accuracy)")
            return sum
        }
    }

    /// The mean of some ingredients.
    func score(meanOf ingredients: [Int]) throws -> LossSum {
        let sum = try mean(of: ingredients)
        try record(evaluation(.mean, ingredients, sum))
        return sum
    }

    /// The greedy soup's members, in the order in which they came; `scores` are those of the ingredients.
    func greedy(_ scores: [LossSum]) throws -> [Int] {
        members = []
        let progress = ProgressMeter(total: scores.count, isSpeaking: true)
        defer { progress.finish() }
        self.progress = progress
        var trials = self
        return try GreedySoup.members(scores.map { SoupScore($0) }, &trials)
    }

    func score(with ingredient: Int) throws -> SoupScore {
        try coordinator.give(.mean(with: ingredient))
        latest = try coordinator.tally(0, part)
        return SoupScore(latest)
    }

    func decide(_ ingredient: Int, isMember: Bool) throws {
        tried += 1
        progress?.update(step: tried, "evaluating=greedy members=\(members.count)")
        // The first member's score is that of the ingredient by itself, and recorded.
        if !members.isEmpty {
            var turn = evaluation(.greedy, members + [ingredient], latest)
            turn.isKept = isMember
            try record(turn)
        }
        guard isMember else { return }
        try coordinator.give(.add(ingredient: ingredient))
        members.append(ingredient)
    }

    private func mean(of ingredients: [Int]) throws -> LossSum {
        let worker = coordinator.worker
        _ = try coordinator.mix(
            .mean(of: ingredients, pool: worker.inputs.pool.count, groups: worker.groups.count)
        )
        return try coordinator.tally(0, part)
    }

    private func evaluation(_ subject: TraceEvaluation.Subject, _ ingredients: [Int], _ sum: LossSum)
        -> TraceEvaluation
    {
        TraceEvaluation(step: 0, subject: subject, part: part.traced, ingredients: ingredients, sum)
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
        }
    }
}
