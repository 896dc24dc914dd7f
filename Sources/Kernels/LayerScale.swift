import Threads

/// y = γ·x per channel (Touvron et al., "Going deeper with Image Transformers", ICCV 2021).
///
/// * `input`, `output`: rows × channels
/// * `scale`: γ, channels
package func layerScaleForward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    scale: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    team.rows(rows, width: channels) { part in
        let start = part.lowerBound * channels
        R.kernels.layerScaleForward(part.count, channels, input + start, scale, output + start)
    }
}

/// The gradients of `layerScaleForward`: dx = γ·dy, dγ = Σ over rows of dy·x; `dInput` is overwritten.
package func layerScaleBackward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    scale: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    dScale: UnsafeMutablePointer<R>,
    addParameters: Bool
) {
    team.columns(channels, beside: rows, width: channels) { columns in
        let start = columns.lowerBound
        R.kernels.layerScaleBackwardScale(
            rows,
            channels,
            columns.count,
            input + start,
            dOutput + start,
            dScale + start,
            addParameters
        )
    } rows: { part in
        let start = part.lowerBound * channels
        R.kernels.layerScaleForward(part.count, channels, dOutput + start, scale, dInput + start)
    }
}
