import Ensembles
import Graphs
import Soups
import Traces

/// Judges soups on the folds that they were made without.
struct FoldJudge {
    let coordinator: Coordinator
    let recorder: RunRecorder
    /// What is known of the ingredients by themselves.
    let known: IngredientAnswers

    private var worker: Worker { coordinator.worker }

    /// * `name`: the method that makes such soups
    /// * `alphas`: by fold, a soup that had no part in it, pool × groups
    func judge(_ name: String, _ alphas: [CoefficientMatrix]) throws -> Judgement {
        let judgement = Judgement(try answers(alphas))
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
    private func answers(_ alphas: [CoefficientMatrix]) throws -> Answers {
        let samples = worker.heldOut.learning
        if let first = alphas.first, alphas.allSatisfy({ $0 == first }) {
            let ingredient = worker.ingredient(alone: first)
            if let ingredient, let known = known.answers(ingredient, samples) { return known }
            _ = try coordinator.mix(first)
            let found = try coordinator.answers(.learning)
            if let ingredient { known.learn(ingredient, samples, found) }
            return found
        }
        let places = Dictionary(uniqueKeysWithValues: samples.enumerated().map { ($1, $0) })
        let classes = worker.inputs.model.graph.classes
        var logits = [Float](repeating: 0, count: samples.count * classes)
        var sum = LossSum.zero
        for (fold, alpha) in alphas.enumerated() {
            let found = try answers(alpha, fold)
            sum = sum + found.sum
            for (row, sample) in worker.heldOut.samples(.fold(fold)).enumerated() {
                guard let place = places[sample] else { continue }
                for column in 0..<classes {
                    logits[place * classes + column] = found.predictions.logits[row * classes + column]
                }
            }
        }
        let labels = worker.inputs.datasets[0].labels
        return Answers(
            predictions: Predictions(classes: classes, logits: logits),
            labels: samples.map { labels[$0] },
            sum: sum
        )
    }

    /// In the order of the fold's samples.
    private func answers(_ alpha: CoefficientMatrix, _ fold: Int) throws -> Answers {
        if let ingredient = worker.ingredient(alone: alpha),
            let known = known.answers(ingredient, worker.heldOut.samples(.fold(fold)))
        {
            return known
        }
        _ = try coordinator.mix(alpha)
        return try coordinator.answers(.fold(fold))
    }
}

/// What single ingredients answer on held-out images, as far as anyone has asked: shared between runs on the same inputs.
final class IngredientAnswers {
    private struct Question: Hashable {
        let ingredient: Int
        let samples: [Int]
    }

    private var found: [Question: Answers] = [:]
    /// Of all held-out images.
    private var evidence: Evidence?

    func learn(_ evidence: Evidence?) {
        if let evidence, evidence.isWhole { self.evidence = evidence }
    }

    func learn(_ ingredient: Int, _ samples: [Int], _ answers: Answers) {
        found[Question(ingredient: ingredient, samples: samples)] = answers
    }

    func answers(_ ingredient: Int, _ samples: [Int]) -> Answers? {
        if let known = found[Question(ingredient: ingredient, samples: samples)] { return known }
        return evidence?.answers(ingredient, samples)
    }
}
