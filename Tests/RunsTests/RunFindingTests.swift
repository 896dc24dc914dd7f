import Testing
import Traces

@testable import Runs

@Suite struct RunFindingTests {
    /// Two coefficient blocks of ten steps in which the loss falls; the looks at the monitor decide what is said.
    private func history(_ looks: [(step: Int, loss: Double, isKept: Bool)]) -> RunHistory {
        var history = RunHistory()
        for index in 0..<2 {
            history.take(
                .coefficientBlock(
                    TraceCoefficientBlock(outerEpoch: 0, index: index, ingredients: [index], norms: [1])
                )
            )
            for batch in 0..<10 {
                let number = 10 * index + batch
                history.take(
                    .step(
                        TraceStep(
                            number: number,
                            outerEpoch: 0,
                            coefficientBlock: index,
                            innerEpoch: 0,
                            batch: batch,
                            alpha: [1],
                            gradient: [1],
                            loss: 1 - 0.01 * Double(number),
                            accuracy: 0.5,
                            learningRate: 0.01,
                            gradientNorm: 1,
                            samples: []
                        )
                    )
                )
            }
        }
        history.evaluations = looks.map {
            TraceEvaluation(
                step: $0.step,
                subject: .iterate,
                part: .monitor,
                loss: $0.loss,
                correct: 1,
                samples: 2,
                isKept: $0.isKept
            )
        }
        return history
    }

    @Test func overfittingIsNamedInTheBlockWhereItHappened() {
        let first = history([
            (0, 1, true), (5, 0.8, true), (10, 0.9, false), (10, 0.8, true), (15, 0.7, true), (20, 0.6, true),
        ]).findings
        #expect(first.count == 1)
        #expect(first.first?.text.hasPrefix("overfitting: from step 5 to 10 ") == true)
        #expect(first.first?.text.contains("from 0.8000 to 0.9000 on the monitor") == true)
        let second = history([
            (0, 1, true), (5, 0.8, true), (10, 0.7, true), (10, 0.7, true), (15, 0.6, true),
            (20, 0.65, false),
        ]).findings
        #expect(second.count == 1)
        #expect(second.first?.text.hasPrefix("overfitting: from step 15 to 20 ") == true)
    }

    @Test func aRunThatOnlyImprovesSaysNothing() {
        let looks = [(0, 1.0, true), (10, 0.8, true), (10, 0.8, true), (20, 0.7, true)]
        #expect(history(looks).findings.isEmpty)
    }
}
