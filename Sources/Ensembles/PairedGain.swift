/// What one model gains over another on the same samples: the mean of the paired differences, and how sure that is.
package struct PairedGain: Sendable, Equatable, Codable {
    package let mean: Double
    /// Of the mean: the sample's standard deviation by √n; 0 for fewer than two samples.
    package let standardError: Double
    package let count: Int

    /// The mean of own − other.
    package init(_ own: [Double], over other: [Double]) {
        precondition(own.count == other.count)
        count = own.count
        let differences = zip(own, other).map { $0 - $1 }
        let total = Double(max(count, 1))
        let mean = differences.reduce(0, +) / total
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        standardError = count > 1 ? (squares / (total - 1) / total).squareRoot() : 0
    }

    /// The 95% interval (normal).
    package var interval: ClosedRange<Double> {
        let half = 1.959963984540054 * standardError
        guard half.isFinite, mean.isFinite else { return -.infinity ... .infinity }
        return (mean - half)...(mean + half)
    }
}
