import Threads

/// y = x/‖x‖, row by row.
///
/// * `input`, `output`: rows × channels
/// * `inverseNorms`: 1/‖x‖ per row, kept for the backward pass
package func unitRowsForward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>,
    inverseNorms: UnsafeMutablePointer<R>
) {
    team.rows(rows, width: channels) { part in
        for row in part {
            let source = input + row * channels
            var sum = 0.0
            for channel in 0..<channels { sum += Double(source[channel]) * Double(source[channel]) }
            inverseNorms[row] = R(1 / sum.squareRoot())
            R.kernels.scale(channels, inverseNorms[row], source, output + row * channels)
        }
    }
}

/// The gradient of `unitRowsForward`: dx = (dy − y·⟨y, dy⟩)/‖x‖; `dInput` is overwritten.
package func unitRowsBackward<R: Real>(
    on team: Team,
    rows: Int,
    channels: Int,
    output: UnsafePointer<R>,
    inverseNorms: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>
) {
    team.rows(rows, width: channels) { part in
        for row in part {
            let (y, dy) = (output + row * channels, dOutput + row * channels)
            var sum = 0.0
            for channel in 0..<channels { sum += Double(y[channel]) * Double(dy[channel]) }
            let along = R(sum)
            let target = dInput + row * channels
            for channel in 0..<channels {
                target[channel] = (dy[channel] - along * y[channel]) * inverseNorms[row]
            }
        }
    }
}
