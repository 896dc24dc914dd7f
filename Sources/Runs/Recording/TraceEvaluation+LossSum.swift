import Graphs
import Traces

extension TraceEvaluation {
    init(
        step: Int,
        subject: Subject,
        part: Part,
        ingredients: [Int] = [],
        _ sum: LossSum,
        isKept: Bool = false
    ) {
        self.init(
            step: step,
            subject: subject,
            part: part,
            ingredients: ingredients,
            loss: sum.meanLoss,
            correct: sum.correct,
            samples: sum.count,
            isKept: isKept
        )
    }
}
