import Coordination
import Diagnostics
import Ensembles
import Graphs
import Soups
import Traces

/// What recipes work with: the ingredients' answers, and trials of means.
package final class Kitchen {
    let seed: UInt64
    private let coordinator: Coordinator
    private let recorder: RunRecorder
    private let evidence: Evidence?
    /// By members, whether the answers of their mean are right on each held-out sample.
    private var means: [[Int]: [Bool]] = [:]
    /// What was found of a mean that nobody has decided on.
    private var onTrial: TraceEvaluation?

    /// * `evidence`: nil where no recipe asks for it
    init(_ coordinator: Coordinator, _ recorder: RunRecorder, _ evidence: Evidence?, seed: UInt64) {
        self.coordinator = coordinator
        self.recorder = recorder
        self.evidence = evidence
        self.seed = seed
    }

    var ingredientCount: Int { coordinator.worker.inputs.pool.count }

    /// How every ingredient does by itself.
    func scores(_ samples: [Int]) throws -> [SoupScore] {
        try known().accuracies(samples).map { SoupScore(loss: 0, accuracy: $0) }
    }

    /// What every ingredient answers.
    func predictions(_ samples: [Int]) throws -> LabelledPredictions {
        try known().predictions(samples)
    }

    /// The greedy soup's members on some samples, in the order in which they came.
    func greedy(_ samples: [Int]) throws -> [Int] {
        let scores = try scores(samples)
        let progress = ProgressMeter(total: scores.count, isSpeaking: true)
        defer { progress.finish() }
        var trials = Trials(kitchen: self, samples: samples, progress: progress)
        return try GreedySoup.members(scores, &trials)
    }

    private func known() throws -> Evidence {
        guard let evidence else { throw RunError("a recipe that asks for what nobody found out") }
        return evidence
    }

    /// How the mean of the running sum's members and one more does on all held-out samples; each mean is evaluated once.
    fileprivate func isRight(_ members: [Int], with ingredient: Int) throws -> [Bool] {
        let all = members + [ingredient]
        if let known = means[all] { return known }
        if coordinator.worker.groups.unmixed == nil {
            try coordinator.give(.mean(with: ingredient))
        } else {
            _ = try coordinator.mix(coordinator.worker.mean(of: all))
        }
        if all.count > 1 { try coordinator.measureStatistics() }
        let answers = try coordinator.answers(.all)
        means[all] = answers.isRight
        onTrial = TraceEvaluation(step: 0, subject: .greedy, part: .all, ingredients: all, answers.sum)
        return answers.isRight
    }

    /// The mean that was evaluated last, if any, is kept or not; the trace tells of each once.
    fileprivate func decide(_ ingredient: Int, isMember: Bool, _ members: inout [Int]) throws {
        if var found = onTrial {
            found.isKept = isMember
            try recorder.confirm(found)
            onTrial = nil
        }
        guard isMember else { return }
        try coordinator.give(.add(ingredient: ingredient, anew: members.isEmpty))
        members.append(ingredient)
    }

    /// The greedy soup's trials on some samples.
    private struct Trials: SoupTrials {
        let kitchen: Kitchen
        let samples: [Int]
        let progress: ProgressMeter
        private var members: [Int] = []
        private var tried = 0

        init(kitchen: Kitchen, samples: [Int], progress: ProgressMeter) {
            self.kitchen = kitchen
            self.samples = samples
            self.progress = progress
        }

        mutating func score(with ingredient: Int) throws -> SoupScore {
            let right = try kitchen.isRight(members, with: ingredient)
            return SoupScore(loss: 0, accuracy: Double(samples.count { right[$0] }) / Double(samples.count))
        }

        mutating func decide(_ ingredient: Int, isMember: Bool) throws {
            tried += 1
            progress.update(step: tried, "evaluating=greedy members=\(members.count)")
            try kitchen.decide(ingredient, isMember: isMember, &members)
        }
    }
}
