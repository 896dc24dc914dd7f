import Ensembles

/// Which of several soups is to be written: the one that loses least for certain to the soups that cost nothing.
///
/// These are the best ingredient and the mean of all; where souping helps the second is hard to beat, elsewhere the first.
/// What a soup gains over one of them is the paired gain in loss, each at its own best temperature (loss tells soups apart
/// on fewer images than accuracy does), less one standard error (`foldedError`); what counts is the lesser of the two gains,
/// and the soup with the greatest is written. So a soup that answers much as they do needs to gain little, one that is far
/// from them has to gain more, and few images choose a cautious one. Accuracy has a veto, for it is what soups are made for:
/// one that is less accurate than the best ingredient by more than a standard error is not written.
///
/// One candidate lies on the way from the best ingredient to the learned soup: see `share`.
struct Choice {
    private static let plain = [BestRecipe().name, UniformRecipe().name]

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

    /// What a soup gains for certain over whichever of the plain ones it gains less over; −∞ where its loss is not finite.
    private func gain(of soup: Candidate) -> Double {
        let loss = soup.judgement.meanLoss
        guard loss.isFinite else { return -.infinity }
        let plain = candidates.filter { Self.plain.contains($0.name) && $0.judgement.meanLoss.isFinite }
        return plain.map { Self.sureGain(of: soup.judgement, over: $0.judgement) }.min() ?? -loss
    }
}
