import Randomness

#if canImport(Glibc)
import Glibc
#endif

/// Ensemble selection with replacement, bagged (Caruana et al., ICML 2004 and ICDM 2006).
///
/// A bag sees some of the samples and some of the models; round after round it takes the model that lowers the loss of the
/// mean of all it has taken most, each as often as it likes. A model's weight is how often it was taken, over all bags.
/// Means are of probabilities, each model's at the temperature that suits it best, so that the label's are all that is
/// needed.
package enum Selection {
    /// Weights below it are dropped: 0.02, and of more than 18 models about a third of an equal share.
    static func least(of models: Int) -> Double { min(0.02, 0.36 / Double(max(models, 1))) }

    /// One weight per model, none negative, sum one; none where a model's logits are not finite; equal ones where no model's
    /// are of use.
    ///
    /// * `rounds`: models that a bag takes
    /// * `samplesOfABag`, `modelsOfABag`: the share of all that a bag sees; of models at least two
    package static func weights(
        _ data: LabelledPredictions,
        seed: UInt64,
        rounds: Int = 25,
        bags: Int = 20,
        samplesOfABag: Double = 0.7,
        modelsOfABag: Double = 0.5
    ) -> [Double] {
        data.weightingFinite {
            weightsOfFinite($0, seed, rounds, bags, samplesOfABag: samplesOfABag, modelsOfABag: modelsOfABag)
        }
    }

    private static func weightsOfFinite(
        _ data: LabelledPredictions,
        _ seed: UInt64,
        _ rounds: Int,
        _ bags: Int,
        samplesOfABag: Double,
        modelsOfABag: Double
    ) -> [Double] {
        let (models, samples) = (data.models.count, data.labels.count)
        let equal = [Double](repeating: 1 / Double(max(models, 1)), count: models)
        guard models > 1, samples > 0, data.models.allSatisfy(\.isFinite) else { return equal }
        let probabilities = data.models.map { labelProbabilities($0, data.labels) }
        let stream = RandomStream(seed: seed).split("selection")
        var counts = [Int](repeating: 0, count: models)
        for bag in 0..<bags {
            var stream = stream.split("bag", bag)
            let ownSamples = max(Int((samplesOfABag * Double(samples)).rounded()), 1)
            let ownModels = models > 3 ? max(Int((modelsOfABag * Double(models)).rounded(.up)), 2) : models
            let chosenSamples = stream.permutation(of: samples).prefix(ownSamples).sorted()
            let chosenModels = stream.permutation(of: models).prefix(ownModels).sorted()
            for model in select(chosenModels.map { probabilities[$0] }, chosenSamples, rounds) {
                counts[chosenModels[model]] += 1
            }
        }
        let total = Double(counts.reduce(0, +))
        let least = least(of: models)
        let kept = counts.map { Double($0) / total }.map { $0 < least ? 0 : $0 }
        let sum = kept.reduce(0, +)
        return sum > 0 ? kept.map { $0 / sum } : equal
    }

    /// The models that one bag takes, round after round.
    static func select(_ probabilities: [[Double]], _ samples: [Int], _ rounds: Int) -> [Int] {
        var sums = [Double](repeating: 0, count: samples.count)
        let rows = probabilities.map { row in samples.map { row[$0] } }
        var taken: [Int] = []
        for _ in 0..<rounds {
            var best = (model: 0, score: -Double.infinity)
            for (model, row) in rows.enumerated() {
                // The mean's number of models is the same for all: the logarithm of the sum will do.
                var score = 0.0
                for index in sums.indices { score += log(sums[index] + row[index]) }
                if score > best.score { best = (model, score) }
            }
            taken.append(best.model)
            let row = rows[best.model]
            for index in sums.indices { sums[index] += row[index] }
        }
        return taken
    }

    /// What each sample's label is thought to be worth, at the temperature that suits the model best.
    private static func labelProbabilities(_ predictions: Predictions, _ labels: [Int32]) -> [Double] {
        let temperature = Temperature.best(predictions, labels)
        return losses(predictions, labels, temperature: temperature).map { max(exp(-$0), 1e-12) }
    }
}
