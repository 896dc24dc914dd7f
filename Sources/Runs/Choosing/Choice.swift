import Ensembles

/// Which of several soups is to be written.
///
/// The rival is the soup of the lowest loss among those that are not learned. The learned one is written only where the
/// images can tell that it is better: where its paired gain in loss, each at its own best temperature, is more than one
/// standard error, and its accuracy is not more than one standard error below the rival's. Loss decides, for it tells soups
/// apart on fewer images than accuracy does; accuracy has a veto, for it is what soups are made for. Where that is not so,
/// the mean of both is written if its loss is lower than the rival's at all, with the same veto: it strays half as far, and
/// in none of twelve runs on the pools where settings were chosen did it lose to one that is not learned.
struct Choice {
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

    /// * `errors`: standard errors that the gain has to exceed
    private func isBetter(_ candidate: Candidate, by errors: Double) -> Bool {
        let rival = rival.judgement
        let loss = candidate.judgement.lossGain(over: rival)
        let accuracy = candidate.judgement.accuracyGain(over: rival)
        return loss.mean > errors * loss.standardError && accuracy.mean >= -accuracy.standardError
    }

    var written: Candidate {
        if isBetter(learned, by: 1) { return learned }
        return between.flatMap { isBetter($0, by: 0) ? $0 : nil } ?? rival
    }
}
