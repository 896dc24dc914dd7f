import Threads

/// Mean and variance of every column over all rows: what a batch norm sees of a batch.
///
/// Two passes through the rows in their order, in double, so that a mean far from zero costs no digits.
///
/// * `input`: rows × columns, at least one row
/// * `means`, `variances`: columns; a variance is the mean square of what is left when the mean is taken away
package func columnMoments<R: Real>(
    on team: Team,
    rows: Int,
    columns: Int,
    input: UnsafePointer<R>,
    means: UnsafeMutablePointer<Double>,
    variances: UnsafeMutablePointer<Double>
) {
    precondition(rows > 0)
    let count = Double(rows)
    team.columns(columns, beside: 0, width: columns) { part in
        let start = part.lowerBound
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * part.count) { room in
            guard let sums = room.baseAddress else { return }
            let (squares, mean) = (sums + part.count, means + start)
            sums.update(repeating: 0, count: 2 * part.count)
            mean.update(repeating: 0, count: part.count)
            R.kernels.columnMoments(rows, columns, part.count, input + start, mean, sums, squares)
            for column in 0..<part.count { mean[column] = sums[column] / count }
            sums.update(repeating: 0, count: 2 * part.count)
            R.kernels.columnMoments(rows, columns, part.count, input + start, mean, sums, squares)
            for column in 0..<part.count {
                // What rounding left of the mean, which the squares are not of.
                let rest = sums[column] / count
                mean[column] += rest
                variances[start + column] = squares[column] / count - rest * rest
            }
        }
    } rows: { _ in
    }
}
