import Coordination
import Diagnostics
import Graphs
import Soups
import Traces

/// Evaluates ingredients and mixtures of them on a part of the held-out data, on all ranks, each once.
struct PoolTrials {
    private let coordinator: Coordinator
    private let part: HeldOutPart
    private let recorder: RunRecorder

    /// * `recorder`: gets every evaluation that is made, and knows those of an interrupted run
    init(_ coordinator: Coordinator, on part: HeldOutPart, _ recorder: RunRecorder) {
        self.coordinator = coordinator
        self.part = part
        self.recorder = recorder
    }

    /// Every ingredient by itself, in the pool's order.
    func ingredients() throws -> [TraceEvaluation] {
        let worker = coordinator.worker
        let count = worker.inputs.pool.count
        let progress = ProgressMeter(total: count, isSpeaking: true)
        defer { progress.finish() }
        return try (0..<count).map { ingredient in
            let found = try evaluate(.ingredient, worker.mean(of: [ingredient]), [ingredient])
            progress.update(step: ingredient + 1, "evaluating=ingredients accuracy=\(found.accuracy)")
            return found
        }
    }

    /// A mixture, pool × groups.
    func score(_ alpha: CoefficientMatrix) throws -> TraceEvaluation {
        let members = (0..<alpha.rows).filter { row in
            (0..<alpha.columns).contains { alpha[row, $0] != 0 }
        }
        return try evaluate(.mean, alpha, members)
    }

    private func evaluate(
        _ subject: TraceEvaluation.Subject,
        _ alpha: CoefficientMatrix,
        _ ingredients: [Int]
    ) throws -> TraceEvaluation {
        if let known = try recorder.known(subject, part.traced, ingredients) { return known }
        try coordinator.mix(alpha, measuring: true)
        let found = TraceEvaluation(
            step: 0,
            subject: subject,
            part: part.traced,
            ingredients: ingredients,
            try coordinator.tally(0, part)
        )
        try recorder.didEvaluate(found)
        return found
    }
}

extension SoupScore {
    init(_ evaluation: TraceEvaluation) {
        self.init(loss: evaluation.loss, accuracy: evaluation.accuracy)
    }
}

extension HeldOutPart {
    /// What a trace calls it.
    var traced: TraceEvaluation.Part {
        switch self {
        case .all: .all
        case .learning: .learning
        case .monitor: .monitor
        case .look: .look
        case .fold: .outOfFold
        }
    }
}
