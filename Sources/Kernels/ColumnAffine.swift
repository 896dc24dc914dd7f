import Threads

/// y = x·scale + shift, column by column: a batch norm whose statistics are given.
///
/// * `input`, `output`: rows × channels
/// * `scale`, `shift`: channels
@specialized(where R == Float)
package func columnAffineForward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    scale: UnsafePointer<R>,
    shift: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    team.rows(rows, width: channels) { part in
        let start = part.lowerBound * channels
        R.kernels.affineColumns(part.count, channels, input + start, scale, shift, output + start)
    }
}

/// The gradients of `columnAffineForward`: dx = dy·scale, dscale = Σ dy·x, dshift = Σ dy, over the rows in their order.
///
/// * `dInput`: nil where the input needs no gradient
/// * `addInput`, `addParameters`: add to what is there instead of overwriting it
@specialized(where R == Float)
package func columnAffineBackward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    scale: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>?,
    addInput: Bool,
    dScale: UnsafeMutablePointer<R>,
    dShift: UnsafeMutablePointer<R>,
    addParameters: Bool
) {
    team.columns(channels, beside: dInput == nil ? 0 : rows, width: channels) { columns in
        let start = columns.lowerBound
        R.kernels.affineColumnsBackwardParameters(
            rows,
            channels,
            columns.count,
            input + start,
            dOutput + start,
            dScale + start,
            dShift + start,
            addParameters
        )
    } rows: { part in
        guard let dInput else { return }
        let start = part.lowerBound * channels
        R.kernels.affineColumnsBackwardInput(
            part.count,
            channels,
            scale,
            dOutput + start,
            dInput + start,
            addInput
        )
    }
}
