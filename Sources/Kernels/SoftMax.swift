import Threads

/// y = exp(x − max)/Σ exp(x − max) over every row.
///
/// * `input`, `output`: rows × columns; may be the same
@specialized(where R == Float)
package func softMaxForward<R: Real>(
    on team: Team,
    rows: Int,
    columns: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    team.rows(rows, width: columns) { part in
        let start = part.lowerBound * columns
        if UnsafePointer(output) != input {
            (output + start).update(from: input + start, count: part.count * columns)
        }
        R.kernels.softMaxForward(part.count, columns, output + start)
    }
}

/// The gradient of `softMaxForward`: dx = y·(dy − Σ y·dy); `dInput` is overwritten.
@specialized(where R == Float)
package func softMaxBackward<R: Real>(
    on team: Team,
    rows: Int,
    columns: Int,
    output: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>
) {
    team.rows(rows, width: columns) { part in
        let start = part.lowerBound * columns
        (dInput + start).update(from: dOutput + start, count: part.count * columns)
        R.kernels.softMaxBackward(part.count, columns, output + start, dInput + start)
    }
}
