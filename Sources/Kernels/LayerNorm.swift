import Threads

/// y = (x − mean)·rstd·weight + bias per row, rstd = 1/√(variance + ε) (Ba, Kiros, Hinton 2016).
///
/// * `isCentred`: false takes 0 for the mean, so that rstd is that of the mean square: RMS norm (Zhang, Sennrich 2019)
/// * `input`, `output`: rows × channels
/// * `weight`, `bias`: channels
/// * `mean`, `rstd`: rows; kept for `layerNormBackward`
package func layerNormForward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    isCentred: Bool = true,
    epsilon: R,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    bias: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>,
    mean: UnsafeMutablePointer<R>,
    rstd: UnsafeMutablePointer<R>
) {
    team.rows(rows, width: channels) { part in
        let (row, start) = (part.lowerBound, part.lowerBound * channels)
        R.kernels.layerNormForward(
            part.count,
            channels,
            isCentred,
            epsilon,
            input + start,
            weight,
            bias,
            output + start,
            mean + row,
            rstd + row
        )
    }
}

/// The gradients of `layerNormForward`.
///
/// * `dOutput`, `dInput`: rows × channels
/// * `dWeight`, `dBias`: channels
/// * `addInput`, `addParameters`: add to what is there instead of overwriting it
package func layerNormBackward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    isCentred: Bool = true,
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
    team.columns(channels, beside: rows, width: channels) { columns in
        let start = columns.lowerBound
        R.kernels.layerNormBackwardParameters(
            rows,
            channels,
            columns.count,
            input + start,
            mean,
            rstd,
            dOutput + start,
            dWeight + start,
            dBias + start,
            addParameters
        )
    } rows: { part in
        let (row, start) = (part.lowerBound, part.lowerBound * channels)
        R.kernels.layerNormBackwardInput(
            part.count,
            channels,
            isCentred,
            input + start,
            weight,
            mean + row,
            rstd + row,
            dOutput + start,
            dInput + start,
            addInput
        )
    }
}
