#if canImport(Glibc)
import Glibc
#endif

/// The cross-entropy of each sample with its logits multiplied by a temperature; infinite where a logit is not finite.
package func losses(_ predictions: Predictions, _ labels: [Int32], temperature: Double) -> [Double] {
    precondition(labels.count == predictions.count)
    let classes = predictions.classes
    return predictions.logits.withUnsafeBufferPointer { logits in
        labels.indices.map { sample in
            let start = sample * classes
            var top = -Double.infinity
            for index in start..<start + classes { top = max(top, temperature * Double(logits[index])) }
            var sum = 0.0
            for index in start..<start + classes { sum += exp(temperature * Double(logits[index]) - top) }
            let loss = log(sum) + top - temperature * Double(logits[start + Int(labels[sample])])
            return loss.isFinite ? max(loss, 0) : .infinity
        }
    }
}
