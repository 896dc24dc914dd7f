/// y = γ·x per channel (Touvron et al., "Going deeper with Image Transformers", ICCV 2021).
///
/// * `input`, `output`: rows × channels
/// * `scale`: γ, channels
package func layerScaleForward<R: Real>(
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    scale: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    R.kernels.layerScaleForward(rows, channels, input, scale, output)
}

/// The gradients of `layerScaleForward`: dx = γ·dy, dγ = Σ over rows of dy·x; `dInput` is overwritten.
package func layerScaleBackward<R: Real>(
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    scale: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    dScale: UnsafeMutablePointer<R>,
    addParameters: Bool
) {
    R.kernels.layerScaleBackward(rows, channels, input, scale, dOutput, dInput, dScale, addParameters)
}
