import Coordination
import Ensembles
import Soups
import Traces

/// Judges soups on the folds that they were made without.
struct FoldJudge {
    let coordinator: Coordinator
    let recorder: RunRecorder
    /// What is known of the ingredients by themselves.
    let known: IngredientAnswers

    private var worker: Worker { coordinator.worker }

    /// What is learned: with its statistics mixed, as they were while it was learned, or measured where that turns out better
    /// or is asked for.
    func judge(learned name: String, _ alphas: [CoefficientMatrix], _ statistics: StatisticsUse?) throws -> (
        judgement: Judgement, isMeasured: Bool
    ) {
        guard worker.meter != nil, statistics != .mixed else {
            return (try judge(name, alphas, measuring: false), false)
        }
        let measured = try judge("\(name):measured", alphas, measuring: true)
        guard statistics == nil else { return (measured, true) }
        let mixed = try judge(name, alphas, measuring: false)
        return measured.meanLoss < mixed.meanLoss ? (measured, true) : (mixed, false)
    }

    /// * `name`: the method that makes such soups
    /// * `alphas`: by fold, a soup that had no part in it, pool × groups
    /// * `measuring`: whether statistics are measured
    func judge(_ name: String, _ alphas: [CoefficientMatrix], measuring: Bool) throws -> Judgement {
        let isOne = alphas.dropFirst().allSatisfy { $0 == alphas[0] }
        let labels = worker.inputs.datasets[0].labels
        let judgement = Judgement(
            try isOne ? predictions(alphas[0], .learning, measuring) : predictions(alphas, measuring),
            worker.heldOut.learning.map { labels[$0] },
            folds: isOne ? 1 : alphas.count
        )
        try recorder.confirm(
            TraceEvaluation(
                step: 0,
                subject: .candidate,
                part: .outOfFold,
                loss: judgement.sum.meanLoss,
                correct: judgement.sum.correct,
                samples: judgement.sum.count,
                method: name,
                calibration: TraceEvaluation.Calibration(
                    temperature: judgement.temperature,
                    loss: judgement.meanLoss
                )
            )
        )
        return judgement
    }

    /// In the order of the samples that are learned on.
    private func predictions(_ alphas: [CoefficientMatrix], _ measuring: Bool) throws -> Predictions {
        let samples = worker.heldOut.learning
        let places = Dictionary(uniqueKeysWithValues: samples.enumerated().map { ($1, $0) })
        let classes = worker.inputs.model.graph.classes
        var logits = [Float](repeating: 0, count: samples.count * classes)
        for (fold, alpha) in alphas.enumerated() {
            let found = try predictions(alpha, .fold(fold), measuring)
            for (row, sample) in worker.heldOut.samples(.fold(fold)).enumerated() {
                guard let place = places[sample] else { continue }
                for column in 0..<classes {
                    logits[place * classes + column] = found.logits[row * classes + column]
                }
            }
        }
        return Predictions(classes: classes, logits: logits)
    }

    /// Of one soup, in the order of the part's samples; what is known of a single ingredient is not asked again.
    private func predictions(_ alpha: CoefficientMatrix, _ part: HeldOutPart, _ measuring: Bool) throws
        -> Predictions
    {
        let samples = worker.heldOut.samples(part)
        let ingredient = worker.ingredient(alone: alpha)
        if let ingredient, let known = known.predictions(ingredient, samples) { return known }
        // The look's, which is a plain soup.
        if measuring || worker.meter == nil, let known = known.uniform(samples),
            alpha == worker.mean(of: Array(0..<alpha.rows))
        {
            return known
        }
        try coordinator.mix(alpha, measuring: measuring)
        let found = try coordinator.answers(part).predictions
        if let ingredient { known.learn(ingredient, samples, found) }
        return found
    }
}

/// What single ingredients answer on held-out images, as far as anyone has asked: shared between runs on the same inputs.
final class IngredientAnswers {
    private struct Question: Hashable {
        let ingredient: Int
        let samples: [Int]
    }

    private var found: [Question: Predictions] = [:]
    /// Of all held-out images.
    private var evidence: Evidence?

    func learn(_ evidence: Evidence?) {
        if let evidence, evidence.isWhole { self.evidence = evidence }
    }

    func learn(_ ingredient: Int, _ samples: [Int], _ predictions: Predictions) {
        found[Question(ingredient: ingredient, samples: samples)] = predictions
    }

    /// Of the mean of all ingredients.
    func uniform(_ samples: [Int]) -> Predictions? { evidence?.uniform?.rows(samples) }

    func predictions(_ ingredient: Int, _ samples: [Int]) -> Predictions? {
        found[Question(ingredient: ingredient, samples: samples)]
            ?? evidence?.predictions.models[ingredient].rows(samples)
    }
}
