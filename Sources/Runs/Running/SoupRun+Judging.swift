import Foundation
import Graphs
import Soups
import Traces

/// What was made, beside where it began and beside the best ingredient.
extension SoupRun {
    /// How the best ingredient of the look does on the images that the soup is judged by.
    ///
    /// * `judged`: how it does on the images that were learned on, where that is known
    func best(
        _ look: PoolLook,
        _ judged: LossSum?,
        _ saver: RunSaver,
        _ shared: inout SharedFindings
    ) throws -> BestIngredient {
        if let known = shared.best[look.best] { return known }
        let file = inputs.pool.ingredients[look.best]
        var heldOut = look.isOfAll ? LossSum(look.ingredients[look.best]) : nil
        if heldOut == nil, judged?.count == inputs.datasets[0].count { heldOut = judged }
        if heldOut == nil || inputs.test != nil { _ = try coordinator.mix(worker.mean(of: [look.best])) }
        let onHeldOut = try heldOut ?? evaluated(0, saver)
        let test = try inputs.test.map { try evaluated($0, saver) }
        let best = BestIngredient(
            name: inputs.pool.names[look.best],
            path: file.path,
            heldoutAccuracy: onHeldOut.accuracy,
            heldoutLoss: onHeldOut.meanLoss.isFinite ? onHeldOut.meanLoss : nil,
            testAccuracy: test?.accuracy,
            testLoss: test.flatMap { $0.meanLoss.isFinite ? $0.meanLoss : nil }
        )
        shared.best[look.best] = best
        return best
    }

    /// Makes the soup the parameters, or, where learning made it worse, what it began with; returns how that does on the
    /// held-out data.
    func settle(_ soup: inout Soup, _ history: RunHistory, _ saver: RunSaver) throws -> LossSum {
        try coordinator.mix(soup.alpha, measuring: soup.isMeasured)
        try leaveIfAsked(saver)
        let after = try coordinator.tally(0, .all)
        if let start = soup.learned?.start, soup.name == settings.method.rawValue, mayBeWorse(after, history)
        {
            _ = try coordinator.mix(start)
            let before = try coordinator.tally(0, .all)
            guard !after.isWorse(than: before) else {
                try leaveIfAsked(saver)
                soup.fallBack(
                    to: start,
                    "learning made it worse: held-out loss \(inWords(after)), from \(inWords(before)) where it began; "
                        + "written is what it began with (--start \(settings.start.rawValue)); a lower --lr may help"
                )
                return try evaluated(0, saver)
            }
            try coordinator.mix(soup.alpha, measuring: soup.isMeasured)
        }
        return after.loss.isFinite ? after : try evaluated(0, saver)
    }

    /// Whether the soup's loss is not below that of the first steps: where it is, there is no need to evaluate what it
    /// began with.
    private func mayBeWorse(_ after: LossSum, _ history: RunHistory) -> Bool {
        let first = history.losses.prefix(batchesPerEpoch)
        return !(after.meanLoss < first.reduce(0, +) / Double(max(first.count, 1)))
    }

    /// Evaluates the parameters, unless the run was asked to stop.
    func evaluated(_ dataset: Int, _ saver: RunSaver) throws -> LossSum {
        try leaveIfAsked(saver)
        return try coordinator.evaluate(dataset)
    }

    /// Whether the soup is better than the best ingredient, as far as the images tell.
    func findings(
        on heldOut: LossSum,
        _ test: LossSum?,
        _ table: OutOfFoldTable?,
        against best: BestIngredient
    ) -> [RunFinding] {
        guard let test, let other = best.testAccuracy else {
            // What was judged out of fold says it better.
            guard table == nil else { return [] }
            let numbers = numbers(heldOut.accuracy, best.heldoutAccuracy, best.name)
            let text =
                "on the held-out images the soup gets \(numbers); the coefficients were made by these images, so that only "
                + "others can tell (--eval-data)"
            return [RunFinding(.note, text)]
        }
        let numbers = "\(numbers(test.accuracy, other, best.name)) on \(test.count) test images"
        let (own, its) = (
            wilsonInterval(test.accuracy, count: test.count), wilsonInterval(other, count: test.count)
        )
        if own.lowerBound > its.upperBound {
            return [RunFinding(.good, "the soup is better than the best ingredient: \(numbers)")]
        }
        if own.upperBound < its.lowerBound {
            return [RunFinding(.warning, "the soup is worse than the best ingredient: \(numbers)")]
        }
        let place = test.accuracy < other ? "behind" : test.accuracy > other ? "ahead of" : "level with"
        let text = "the soup is \(place) the best ingredient by less than these images can tell: \(numbers)"
        return [RunFinding(test.accuracy < other ? .warning : .note, text)]
    }

    private func numbers(_ own: Double, _ other: Double, _ name: String) -> String {
        String(format: "%.2f%% against %.2f%%", 100 * own, 100 * other) + " of \(name)"
    }

    private func inWords(_ sum: LossSum) -> String {
        String(format: "%.4g (%.2f%% right)", sum.meanLoss, 100 * sum.accuracy)
    }
}

extension LossSum {
    fileprivate init(_ evaluation: TraceEvaluation) {
        self.init(
            loss: evaluation.loss * Double(evaluation.samples),
            correct: evaluation.correct,
            count: evaluation.samples
        )
    }

    /// A greater loss that buys no accuracy.
    fileprivate func isWorse(than start: LossSum) -> Bool {
        !loss.isFinite || (loss > start.loss && correct <= start.correct)
    }
}
