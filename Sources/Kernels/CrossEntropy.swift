/// Σ over rows of −Σ target·log soft-max(logits).
///
/// * `logits`, `targets`: rows × classes; a row of targets sums to 1, so that label smoothing and mixed labels are
///   matters of the targets alone
/// * `probabilities`: rows × classes; kept for `crossEntropyBackward`
package func crossEntropyForward<R: Real>(
    rows: Int,
    classes: Int,
    logits: UnsafePointer<R>,
    targets: UnsafePointer<R>,
    probabilities: UnsafeMutablePointer<R>
) -> Double {
    R.kernels.crossEntropyForward(rows, classes, logits, targets, probabilities)
}

/// dLogits = scale·(probabilities − targets); `scale` is one over the batch for a mean loss.
package func crossEntropyBackward<R: Real>(
    rows: Int,
    classes: Int,
    probabilities: UnsafePointer<R>,
    targets: UnsafePointer<R>,
    scale: R,
    dLogits: UnsafeMutablePointer<R>
) {
    R.kernels.crossEntropyBackward(rows, classes, probabilities, targets, scale, dLogits)
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
