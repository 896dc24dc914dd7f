import Foundation
import Traces

extension RunHistory {
    /// What the course of the learning says: that the coefficients learned the images, or that nothing was gained.
    var findings: [RunFinding] {
        var findings: [RunFinding] = []
        for (index, block) in blocks.enumerated() {
            let end = index + 1 < blocks.count ? blocks[index + 1].firstStep : losses.count
            if let finding = overfitting(steps: block.firstStep..<end) { findings.append(finding) }
        }
        return findings
    }

    /// Overfitting of one coefficient block: the loss fell on while that on the monitor rose again.
    private func overfitting(steps: Range<Int>) -> RunFinding? {
        // A block's last look and the next one's first have the same number of steps behind them, in this order: the
        // first of two is this block's.
        let looks = self.looks.filter { steps.lowerBound <= $0.step && $0.step <= steps.upperBound }
        guard let last = looks.first(where: { $0.step == steps.upperBound }),
            let kept = looks.filter({ $0.step < steps.upperBound }).last(where: \.isKept), !last.isKept
        else { return nil }
        let window = max(1, steps.count / 10)
        let before = mean(
            losses[max(steps.lowerBound, kept.step - window)..<max(kept.step, steps.lowerBound + 1)]
        )
        let after = mean(losses[(steps.upperBound - window)..<steps.upperBound])
        guard after < before, last.loss > kept.loss else { return nil }
        return RunFinding(
            .note,
            "overfitting: from step \(kept.step) to \(last.step) the loss fell from \(text(before)) to \(text(after)) on the "
                + "images that are learned on and rose from \(text(kept.loss)) to \(text(last.loss)) on the monitor; the soup "
                + "of step \(kept.step) was kept"
        )
    }

    private func mean(_ values: ArraySlice<Double>) -> Double {
        values.reduce(0, +) / Double(max(values.count, 1))
    }

    private func text(_ value: Double) -> String { String(format: "%.4f", value) }
}

extension TraceEvaluation {
    /// "89.40% of 1000".
    var inWords: String { String(format: "%.2f%% of %d", 100 * accuracy, samples) }
}
