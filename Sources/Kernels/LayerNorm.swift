/// y = (x − mean)·rstd·weight + bias per row, rstd = 1/√(variance + ε) (Ba, Kiros, Hinton 2016).
///
/// * `input`, `output`: rows × channels
/// * `weight`, `bias`: channels
/// * `mean`, `rstd`: rows; kept for `layerNormBackward`
package func layerNormForward<R: Real>(
    rows: Int,
    channels: Int,
    epsilon: R,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    bias: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>,
    mean: UnsafeMutablePointer<R>,
    rstd: UnsafeMutablePointer<R>
) {
    R.kernels.layerNormForward(rows, channels, epsilon, input, weight, bias, output, mean, rstd)
}

/// The gradients of `layerNormForward`.
///
/// * `dOutput`, `dInput`: rows × channels
/// * `dWeight`, `dBias`: channels
/// * `addInput`, `addParameters`: add to what is there instead of overwriting it
package func layerNormBackward<R: Real>(
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    mean: UnsafePointer<R>,
    rstd: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    addInput: Bool,
    dWeight: UnsafeMutablePointer<R>,
    dBias: UnsafeMutablePointer<R>,
    addParameters: Bool
) {
    R.kernels.layerNormBackward(
        rows,
        channels,
        input,
        weight,
        mean,
        rstd,
        dOutput,
        dInput,
        addInput,
        dWeight,
        dBias,
        addParameters
    )
}
