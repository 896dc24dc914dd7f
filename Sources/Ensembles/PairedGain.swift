/// What one model gains over another on the same samples: the mean of the paired differences, and how sure that is.
package struct PairedGain: Sendable, Equatable, Codable {
    package let mean: Double
    /// Of the mean: the sample's standard deviation by √n; 0 for fewer than two samples.
    package let standardError: Double
    package let count: Int
    /// In how many folds models were made anew, each without the samples that it is judged by; 1 where one model each
    /// answered all.
    package let folds: Int

    /// The mean of own − other.
    package init(_ own: [Double], over other: [Double], folds: Int = 1) {
        precondition(own.count == other.count && folds > 0)
        self.folds = folds
        count = own.count
        let differences = zip(own, other).map { $0 - $1 }
        let total = Double(max(count, 1))
        let mean = differences.reduce(0, +) / total
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        standardError = count > 1 ? (squares / (total - 1) / total).squareRoot() : 0
    }

    /// The standard error of the mean where models were made anew by fold; elsewhere `standardError`.
    ///
    /// Models of K folds share most of what they were made of, so that the folds' means are not independent: their mean has
    /// 1/K + 1/(K − 1) of a fold's variance instead of 1/K (Nadeau and Bengio, Machine Learning 52, 2003).
    package var foldedError: Double {
        let count = Double(folds)
        return folds > 1 ? standardError * (1 + count / (count - 1)).squareRoot() : standardError
    }

    /// The 95% interval (normal).
    package var interval: ClosedRange<Double> {
        let half = 1.959963984540054 * foldedError
        guard half.isFinite, mean.isFinite else { return -.infinity ... .infinity }
        return (mean - half)...(mean + half)
    }
}
