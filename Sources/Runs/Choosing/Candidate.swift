import Ensembles
import Graphs
import Soups

/// A soup, and how soups that are made in the same way do on images that they had no part in.
struct Candidate {
    /// The method that makes it, or how far it is on the way.
    let name: String
    /// Nil of what a method makes.
    var way: Way?
    /// Pool × groups; made with all images that may be learned on.
    let alpha: CoefficientMatrix
    /// By fold, made without it.
    let alphas: [CoefficientMatrix]
    /// What its logits are to be multiplied by.
    var temperature = 1.0
    /// Whether the statistics of its batch norms are measured.
    var isMeasured = false
    let judgement: Judgement
}

/// How soups do on all folds, each by the one that was made without it.
struct Judgement: Sendable {
    /// The temperature at which the mean loss is least.
    let temperature: Double
    /// By sample, the loss at that temperature.
    let losses: [Double]
    /// By sample.
    let isRight: [Bool]
    /// Loss and right answers, with logits as they are.
    let sum: LossSum
    /// How many soups were judged, each by a fold of its own; 1 where all folds have the same.
    let folds: Int

    /// * `labels`: one per sample
    init(_ predictions: Predictions, _ labels: [Int32], folds: Int) {
        self.folds = folds
        temperature = Temperature.best(predictions, labels)
        losses = Ensembles.losses(predictions, labels, temperature: temperature)
        let isRight = labels.indices.map { predictions.isRight($0, label: labels[$0]) }
        self.isRight = isRight
        // From the logits alone, so that it does not matter who found them.
        sum = LossSum(
            loss: Ensembles.losses(predictions, labels, temperature: 1).reduce(0, +),
            correct: isRight.count { $0 },
            count: labels.count
        )
    }

    var meanLoss: Double { losses.reduce(0, +) / Double(max(losses.count, 1)) }

    /// By how much its loss is lower than another's, on the same images, each at its own best temperature.
    func lossGain(over other: Judgement) -> PairedGain {
        PairedGain(other.losses, over: losses, folds: max(folds, other.folds))
    }

    /// By how much its accuracy is higher than another's, on the same images.
    func accuracyGain(over other: Judgement) -> PairedGain {
        PairedGain(
            isRight.map { $0 ? 1 : 0 },
            over: other.isRight.map { $0 ? 1 : 0 },
            folds: max(folds, other.folds)
        )
    }
}
