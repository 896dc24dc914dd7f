import Ensembles

/// Which of several soups is to be written.
///
/// The rival is the soup of the lowest loss among those that are not learned. The learned one is written only where the
/// images can tell that it is better: where its paired gain in loss, each at its own best temperature, is more than one
/// standard error, and its accuracy is not more than one standard error below the rival's. Loss decides, for it tells soups
/// apart on fewer images than accuracy does; accuracy has a veto, for it is what soups are made for. Where that is not so,
/// the mean of both is written if its loss is lower than the rival's at all, with the same veto: it strays half as far, and
/// in none of twelve runs on the pools where settings were chosen did it lose to one that is not learned.
///
/// Whatever it is, a soup has to be surely better than the best ingredient, or that is written: its loss lower by more than
/// 1.645 standard errors, with the same veto. That would be a one-sided test at 95% if images were all that varies; the
/// folds' soups vary, too. Three would lose more where there is much to gain than they save where there is nothing.
struct Choice {
    /// Standard errors by which the best ingredient has to be beaten.
    private static let certainty = 1.645

    /// What the mean of the rival and the learned soup is called.
    static let between = "between"

    let rivals: [Candidate]
    let learned: Candidate
    /// The mean of the rival and the learned soup; nil where there is none.
    var between: Candidate?

    /// The one to beat; of equals the first.
    static func rival(_ rivals: [Candidate]) -> Candidate? {
        rivals.min { $0.judgement.meanLoss < $1.judgement.meanLoss }
    }

    var rival: Candidate { Self.rival(rivals) ?? learned }

    /// Nil where its answers are not all finite: nothing is better than that for a number.
    private var best: Candidate? {
        rivals.first { $0.name == BestRecipe().name && $0.judgement.meanLoss.isFinite }
    }

    /// * `errors`: standard errors that the gain in loss has to exceed
    private func isBetter(_ soup: Candidate, than other: Candidate, by errors: Double) -> Bool {
        let loss = soup.judgement.lossGain(over: other.judgement)
        let accuracy = soup.judgement.accuracyGain(over: other.judgement)
        return loss.mean > errors * loss.standardError && accuracy.mean >= -accuracy.standardError
    }

    var written: Candidate {
        guard let best else { return preferred[0] }
        return preferred.first { isBetter($0, than: best, by: Self.certainty) } ?? best
    }

    /// What would be written if there were no best ingredient, and what if not that.
    private var preferred: [Candidate] {
        var soups: [Candidate] = []
        if isBetter(learned, than: rival, by: 1) { soups.append(learned) }
        if let between, isBetter(between, than: rival, by: 0) { soups.append(between) }
        return soups + [rival]
    }
}
