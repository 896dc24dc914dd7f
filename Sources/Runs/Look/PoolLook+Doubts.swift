import Diagnostics
import Foundation
import Soups

extension PoolLook {
    /// What looks wrong.
    ///
    /// * `names`: of the ingredients
    package func doubts(_ names: [String], data: String) -> [Doubt] {
        if let hopeless = chanceDoubt(data) { return [hopeless] + originDoubts(names) }
        return unsoundDoubts(names) + strayDoubts(names) + originDoubts(names)
    }

    /// Ingredients whose answers are no numbers.
    private func unsoundDoubts(_ names: [String]) -> [Doubt] {
        ingredients.indices.filter { !ingredients[$0].loss.isFinite }.map { index in
            Doubt(
                .warning,
                "\(names[index]) gives answers that are no finite numbers: its weights are too large for float32, or its "
                    + "training diverged; leave it out (every mean that holds it is spoilt)"
            )
        }
    }

    /// All ingredients guess.
    private func chanceDoubt(_ data: String) -> Doubt? {
        let top = ingredients[best]
        // Where not even all answers right would be out of the ordinary, nothing can be said.
        guard Chance.atLeast(samples, of: samples, share: chance) < Chance.accident else { return nil }
        let most = Statistic.percent(top.accuracy)
        let expected = Statistic.percent(chance)
        if ingredients.allSatisfy({ isChance($0.correct) }) {
            let isBelow = Chance.atMost(top.correct, of: samples, share: chance) < Chance.accident
            let found =
                isBelow
                ? "no ingredient is right more often than in \(most) of \(samples) images, far below chance "
                    + "(\(expected)): the labels seem to be numbered otherwise than the model's classes"
                : "no ingredient does better than chance: the best is right in \(most) of \(samples) images, where "
                    + "shuffled labels would give \(expected)"
            return Doubt(
                .refusal,
                "\(data): \(found); check labels, the order of the class folders, and how images are normalised"
            )
        }
        guard mostFrequent < 1,
            ingredients.allSatisfy({
                Chance.atLeast($0.correct, of: samples, share: mostFrequent) > Chance.accident
            })
        else { return nil }
        return Doubt(
            .warning,
            "\(data): no ingredient is clearly better than one that always answers the most frequent class: the best "
                + "is right in \(most) of \(samples) images, that class makes \(Statistic.percent(mostFrequent)) of "
                + "them; check labels and their balance"
        )
    }

    private func isChance(_ correct: Int) -> Bool {
        Chance.atLeast(correct, of: samples, share: chance) > Chance.accident
    }

    /// Ingredients far below the others: by no accident, and by more than half of what the others are above chance.
    private func strayDoubts(_ names: [String]) -> [Doubt] {
        let accuracies = ingredients.map(\.accuracy)
        let usual = accuracies.sorted()[accuracies.count / 2]
        return ingredients.indices.filter { isFarBelow(accuracies[$0], usual) }.map { index in
            Doubt(
                .warning,
                "\(names[index]) is far below the others: right in \(Statistic.percent(accuracies[index])) of "
                    + "\(samples) images, where \(Statistic.percent(usual)) are usual; check whether its training "
                    + "diverged, or leave it out"
            )
        }
    }

    private func isFarBelow(_ accuracy: Double, _ usual: Double) -> Bool {
        accuracy - chance < (usual - chance) / 2
            && Chance.isLower(accuracy, than: usual, count: samples)
    }

    /// Ingredients of different origin, or on two sides of a barrier.
    private func originDoubts(_ names: [String]) -> [Doubt] {
        let mean = ingredients.map(\.accuracy).reduce(0, +) / Double(ingredients.count)
        let barrier = uniform.map { isFarBelow($0.accuracy, mean) } ?? false
        let doubts = origin.doubts(names, weight: barrier ? .refusal : .warning)
        guard barrier, let uniform else { return doubts }
        let numbers =
            "the mean of all is right in \(Statistic.percent(uniform.accuracy)) of \(samples) images, the "
            + "ingredients by themselves in \(Statistic.percent(mean))"
        guard doubts.isEmpty else {
            return doubts.map { Doubt($0.weight, "\($0.text) (\(numbers))") }
        }
        return [
            Doubt(
                .warning,
                "the ingredients lie across a barrier: \(numbers); they may not share a pretrained model, or were "
                    + "tuned too far from it: --start best or greedy begins beside the good ones"
            )
        ]
    }
}

/// Shares for messages.
private enum Statistic {
    static func percent(_ share: Double) -> String { String(format: "%.2f%%", 100 * share) }
}
