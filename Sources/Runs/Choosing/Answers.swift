import Coordination
import Ensembles
import Graphs

/// What the present parameters answer on some samples of the held-out data.
struct Answers {
    let predictions: Predictions
    let labels: [Int32]
    /// Loss and right answers, as without the logits.
    let sum: LossSum

    /// By sample.
    var isRight: [Bool] { labels.indices.map { predictions.isRight($0, label: labels[$0]) } }
}

extension Coordinator {
    /// What the parameters answer on a part of the held-out data, in the order of its samples.
    func answers(_ part: HeldOutPart) throws -> Answers {
        try give(.evaluate(dataset: 0, part: part, answers: true))
        let labels = worker.inputs.datasets[0].labels
        return Answers(
            predictions: Predictions(
                classes: worker.inputs.model.graph.classes,
                logits: reports.flatMap(\.answers)
            ),
            labels: worker.heldOut.samples(part).map { labels[$0] },
            sum: sumOfReports
        )
    }
}
