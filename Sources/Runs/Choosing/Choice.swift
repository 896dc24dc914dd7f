import Ensembles

/// Which of several soups is to be written: the one that is better than the best ingredient for certain, and no worse than
/// the mean of all as far as is known.
///
/// What a soup gains over the best ingredient is the paired gain in loss, each at its own best temperature (loss tells soups
/// apart on fewer images than accuracy does), less one standard error (`foldedError`). Over the mean of all, which nothing
/// was fitted for and which is hard to beat where souping helps, it is the gain as it is. The lesser of the two counts, and
/// the soup with the greatest is written. So a soup that answers much as the best ingredient does needs to gain little, one
/// that is far from it has to gain more, and few images choose a cautious one. Accuracy has a veto, for it is what soups are
/// made for: one that is less accurate than the best ingredient by more than a standard error is not written.
///
/// One candidate lies on the way from the best ingredient to the learned soup: see `share`.
struct Choice {
    /// The best ingredient first.
    let candidates: [Candidate]

    var written: Candidate {
        let best = candidates[0]
        return candidates.filter { isAsAccurate($0, as: best) }.reduce(best) {
            gain(of: $1) > gain(of: $0) ? $1 : $0
        }
    }

    /// Whether it is, or the other's answers are no numbers.
    private func isAsAccurate(_ soup: Candidate, as best: Candidate) -> Bool {
        let gain = soup.judgement.accuracyGain(over: best.judgement)
        return gain.mean >= -gain.standardError || !best.judgement.meanLoss.isFinite
    }

    /// How far on the way from the best ingredient to the learned soup a soup is worth a try.
    ///
    /// The loss along it is a bowl, and with few images the learned soup lies beyond its bottom: a little where it is
    /// better than the best ingredient for certain, else by most of the way.
    static func share(to learned: Judgement, from best: Judgement) -> Double {
        sureGain(of: learned, over: best) > 0 ? 0.75 : 0.25
    }

    private static func sureGain(of soup: Judgement, over other: Judgement) -> Double {
        let gain = soup.lossGain(over: other)
        return gain.mean - gain.foldedError
    }

    /// The lesser of what a soup gains over the best ingredient, for certain, and over the mean of all; −∞ where its loss is
    /// not finite.
    private func gain(of soup: Candidate) -> Double {
        let loss = soup.judgement.meanLoss
        guard loss.isFinite else { return -.infinity }
        let best = candidates[0].judgement
        let uniform = candidates.first { $0.name == UniformRecipe().name }?.judgement.meanLoss
        let gains = [
            best.meanLoss.isFinite ? Self.sureGain(of: soup.judgement, over: best) : nil,
            uniform.flatMap { $0.isFinite ? $0 - loss : nil },
        ]
        return gains.compactMap(\.self).min() ?? -loss
    }
}
