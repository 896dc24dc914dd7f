import Ensembles

/// Which of several soups is to be written.
///
/// The rival is the soup of the lowest loss among those that are not learned. The learned one is written only where the
/// images can tell that it is better: where its paired gain in loss, each at its own best temperature, is more than one
/// standard error, and its accuracy is not more than one standard error below the rival's. Loss decides, for it tells
/// soups apart on fewer images than accuracy does; accuracy has a veto, for it is what soups are made for.
struct Choice {
    let rivals: [Candidate]
    let learned: Candidate

    /// The rival to beat; of equals the first.
    var rival: Candidate {
        rivals.min { $0.judgement.meanLoss < $1.judgement.meanLoss } ?? learned
    }

    var isLearned: Bool {
        let rival = rival.judgement
        let (loss, accuracy) = (
            learned.judgement.lossGain(over: rival), learned.judgement.accuracyGain(over: rival)
        )
        return loss.mean > loss.standardError && accuracy.mean >= -accuracy.standardError
    }

    var written: Candidate { isLearned ? learned : rival }
}
