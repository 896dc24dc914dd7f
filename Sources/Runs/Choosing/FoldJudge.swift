import Coordination
import Datasets
import Ensembles
import Soups
import Traces

/// Judges soups on the folds that they were made without.
struct FoldJudge {
    let coordinator: Coordinator
    let recorder: RunRecorder
    /// What is known of the ingredients by themselves.
    let known: IngredientAnswers

    /// Folds by which single ingredients are judged.
    ///
    /// As their answers are known, more folds cost nothing; and one that is chosen on 19 of 20 images is nearly as good as
    /// what all images choose, where two thirds of the images choose a worse one, which would flatter soups.
    private static let folds = 20

    private var worker: Worker { coordinator.worker }

    /// What a recipe makes.
    ///
    /// * `alphas`: by fold, its soup that had no part in it
    func judge(_ recipe: any SoupRecipe, _ alphas: [CoefficientMatrix], _ kitchen: Kitchen) throws
        -> Judgement
    {
        guard recipe.takesOne,
            let found = try answersOfChosen({ worker.mixture(try recipe.weights(kitchen, $0)) })
        else { return try judge(recipe.name, alphas, measuring: true) }
        return try confirm(recipe.name, found.predictions, folds: found.choices)
    }

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
        return try confirm(
            name,
            try isOne ? predictions(alphas[0], .learning, measuring) : predictions(alphas, measuring),
            folds: isOne ? 1 : alphas.count
        )
    }

    private func confirm(_ name: String, _ predictions: Predictions, folds: Int) throws -> Judgement {
        let labels = worker.inputs.datasets[0].labels
        let judgement = Judgement(predictions, worker.heldOut.learning.map { labels[$0] }, folds: folds)
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
        joined(
            try alphas.enumerated().map { fold, alpha in
                (worker.heldOut.samples(.fold(fold)), try predictions(alpha, .fold(fold), measuring))
            }
        )
    }

    /// Of the ingredient that is chosen without each of many folds, in the order of the samples that are learned on, and how
    /// many folds there are (1 where all choose the same); nil where ingredients' answers are not known.
    private func answersOfChosen(_ choose: ([Int]) throws -> CoefficientMatrix) throws -> (
        predictions: Predictions, choices: Int
    )? {
        let samples = worker.heldOut.learning
        let folds = HeldOutFolds(
            samples,
            labels: worker.inputs.datasets[0].labels,
            count: min(Self.folds, samples.count),
            seed: worker.settings.seed
        )
        guard let folds else { return nil }
        var parts: [([Int], Predictions)] = []
        var chosen: Set<Int> = []
        for (judging, learning) in zip(folds.judging, folds.learning) {
            guard let ingredient = worker.ingredient(alone: try choose(learning)),
                let known = known.predictions(ingredient, judging)
            else { return nil }
            parts.append((judging, known))
            chosen.insert(ingredient)
        }
        return (joined(parts), chosen.count > 1 ? parts.count : 1)
    }

    /// Answers on parts of the samples that are learned on, in the order of these samples.
    private func joined(_ parts: [([Int], Predictions)]) -> Predictions {
        let samples = worker.heldOut.learning
        let places = Dictionary(uniqueKeysWithValues: samples.enumerated().map { ($1, $0) })
        let classes = worker.inputs.model.graph.classes
        var logits = [Float](repeating: 0, count: samples.count * classes)
        for (samples, found) in parts {
            for (row, sample) in samples.enumerated() {
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
