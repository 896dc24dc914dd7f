import Coordination
import Ensembles

/// What every ingredient answers on the held-out images: what recipes are made of.
struct Evidence: Sendable {
    /// Most bytes of logits that are kept.
    static let budget = 1 << 30

    /// By ingredient and sample, whether its answer is right.
    let isRight: [[Bool]]
    /// The samples whose logits are kept, ascending: all, or evenly spread ones where all would take too much memory.
    let kept: [Int]
    /// By ingredient, on `kept`.
    let predictions: LabelledPredictions
    /// Of the mean of all ingredients, on all samples; nil where that was not asked.
    let uniform: Predictions?

    /// How well each ingredient does on some samples.
    func accuracies(_ samples: [Int]) -> [Double] {
        isRight.map { right in
            Double(samples.count { right[$0] }) / Double(max(samples.count, 1))
        }
    }

    /// Whether all logits are kept.
    var isWhole: Bool { kept.count == isRight.first?.count }

    /// All ingredients' logits on those of the samples of which they are kept.
    func predictions(_ samples: [Int]) -> LabelledPredictions {
        let wanted = Set(samples)
        return predictions.restricted(to: kept.indices.filter { wanted.contains(kept[$0]) })
    }
}

/// Takes in the ingredients' answers one after another.
struct EvidenceBuilder {
    private let kept: [Int]
    private let labels: [Int32]
    private var isRight: [[Bool]] = []
    private var predictions: [Predictions] = []
    var uniform: Predictions?

    init(_ worker: Worker) {
        let data = worker.inputs.datasets[0]
        let samples = data.count
        let bytes = 4 * worker.inputs.pool.count * worker.inputs.model.graph.classes
        let most = max(Evidence.budget / max(bytes, 1), 1)
        kept = samples > most ? (0..<most).map { $0 * samples / most } : Array(0..<samples)
        labels = kept.map { data.labels[$0] }
    }

    mutating func add(_ answers: Answers) {
        isRight.append(answers.isRight)
        predictions.append(answers.predictions.rows(kept))
    }

    var evidence: Evidence {
        Evidence(
            isRight: isRight,
            kept: kept,
            predictions: LabelledPredictions(models: predictions, labels: labels),
            uniform: uniform
        )
    }
}
