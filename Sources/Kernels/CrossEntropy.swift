/// Σ over rows of −Σ target·log soft-max(β·logits).
///
/// * `temperature`: β, which multiplies the logits; 1 leaves them as they are
/// * `logits`, `targets`: rows × classes; a row of targets sums to 1, so that label smoothing and mixed labels are
///   matters of the targets alone
/// * `probabilities`: rows × classes; kept for `crossEntropyBackward`
package func crossEntropyForward<R: Real>(
    rows: Int,
    classes: Int,
    temperature: R = 1,
    logits: UnsafePointer<R>,
    targets: UnsafePointer<R>,
    probabilities: UnsafeMutablePointer<R>
) -> Double {
    R.kernels.crossEntropyForward(rows, classes, temperature, logits, targets, probabilities)
}

/// dLogits = scale·β·(probabilities − targets); `scale` is one over the batch for a mean loss.
///
/// * `dLogits`: rows × classes; may be `probabilities` itself
/// * returns the derivative by β: scale·Σ over rows of ⟨probabilities − targets, logits⟩, summed in double
package func crossEntropyBackward<R: Real>(
    rows: Int,
    classes: Int,
    temperature: R = 1,
    logits: UnsafePointer<R>,
    probabilities: UnsafePointer<R>,
    targets: UnsafePointer<R>,
    scale: R,
    dLogits: UnsafeMutablePointer<R>
) -> Double {
    R.kernels.crossEntropyBackward(rows, classes, temperature, logits, probabilities, targets, scale, dLogits)
}

/// The target distribution of one sample: 1 − smoothing on its label, smoothing/classes on every class beside.
package func smoothedTarget<R: Real>(
    label: Int,
    classes: Int,
    smoothing: R,
    weight: R = 1,
    addTo target: UnsafeMutablePointer<R>
) {
    for index in 0..<classes { target[index] += weight * smoothing / R(classes) }
    target[label] += weight * (1 - smoothing)
}
