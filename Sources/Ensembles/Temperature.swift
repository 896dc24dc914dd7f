#if canImport(Glibc)
import Glibc
#endif

/// Temperature scaling (Guo et al., ICML 2017): what a model's logits are best multiplied by.
package enum Temperature {
    /// Beyond it answers do not change any more; where all are right, the loss falls without end.
    package static let most = 1000.0

    /// The β ≥ 0 at which the mean cross-entropy of β·logits is least; 1 where there is none to be found.
    ///
    /// The loss is convex in β: Newton's steps within a bracket that halves where they leave it.
    package static func best(_ predictions: Predictions, _ labels: [Int32]) -> Double {
        guard predictions.isFinite, !labels.isEmpty else { return 1 }
        var (low, high) = (0.0, most)
        var present = 1.0
        for _ in 0..<100 {
            let (slope, curvature) = derivatives(predictions, labels, present)
            if slope > 0 { high = present } else { low = present }
            // Constant logits, or all answers beyond doubt: nothing more to be had.
            guard slope != 0 || curvature != 0 else { return present }
            var next = present - slope / curvature
            // Far from the minimum Newton's steps are short, where all answers are right without end.
            if slope < 0, high == most { next = max(next, 2 * present) }
            if !(low < next && next < high) { next = (low + high) / 2 }
            if abs(next - present) <= 1e-12 * max(present, 1e-3) { return next }
            present = next
        }
        return present
    }

    /// The mean loss's first two derivatives by β: E[Σp·z − z_y] and E[Var_p z].
    static func derivatives(_ predictions: Predictions, _ labels: [Int32], _ temperature: Double) -> (
        slope: Double, curvature: Double
    ) {
        let classes = predictions.classes
        var (slope, curvature) = (0.0, 0.0)
        predictions.logits.withUnsafeBufferPointer { logits in
            for (sample, label) in labels.enumerated() {
                let start = sample * classes
                var top = -Float.infinity
                for index in start..<start + classes { top = max(top, logits[index]) }
                // Of logits above the greatest, which leaves both derivatives alone.
                var (sum, first, second) = (0.0, 0.0, 0.0)
                for index in start..<start + classes {
                    let logit = Double(logits[index]) - Double(top)
                    let weight = exp(temperature * logit)
                    sum += weight
                    first += weight * logit
                    second += weight * logit * logit
                }
                let mean = first / sum
                slope += mean - (Double(logits[start + Int(label)]) - Double(top))
                curvature += second / sum - mean * mean
            }
        }
        return (slope / Double(labels.count), curvature / Double(labels.count))
    }
}
