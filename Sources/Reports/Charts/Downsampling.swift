/// A long series of numbers as few enough of them to draw.
struct Downsampled: Equatable {
    struct Bucket: Equatable {
        /// The place of its middle, in steps.
        var position: Double
        var least: Double
        var greatest: Double
        /// Of the series smoothed over a window, at this place.
        var smooth: Double
    }

    /// In order; a bucket without any finite number is left out, and the line breaks there.
    let buckets: [Bucket?]

    /// * `starts`: places where another stretch begins; nothing is smoothed across them
    /// * `count`: at most so many buckets, or one per stretch where there are more stretches
    init(_ values: [Double], starts: [Int] = [], count: Int = 400) {
        let width = max((values.count + count - 1) / max(count, 1), 1)
        let window = max(values.count / 40, 1)
        var buckets: [Bucket?] = []
        let edges = Array(Set([0, values.count] + starts.filter { values.indices.contains($0) })).sorted()
        for (low, high) in zip(edges, edges.dropFirst()) {
            let sums = RunningSums(values[low..<high])
            for start in stride(from: low, to: high, by: width) {
                let end = min(start + width, high)
                let finite = values[start..<end].filter(\.isFinite)
                guard let least = finite.min(), let greatest = finite.max() else {
                    buckets.append(nil)
                    continue
                }
                let middle = (start + end - 1) / 2 - low
                let reach = max(window, end - start) / 2
                let smooth = sums.mean(max(middle - reach, 0)..<min(middle + reach + 1, high - low))
                buckets.append(
                    Bucket(
                        position: Double(start + end - 1) / 2,
                        least: least,
                        greatest: greatest,
                        smooth: smooth ?? least
                    )
                )
            }
        }
        self.buckets = buckets
    }
}

/// Sums from the start up to every place, of the finite numbers.
private struct RunningSums {
    private var sums = [0.0]
    private var counts = [0]

    init(_ values: ArraySlice<Double>) {
        var (sum, count) = (0.0, 0)
        for value in values {
            // Far beyond what can be drawn; would drown all others in the sum.
            if value.isFinite, abs(value) < 1e150 { (sum, count) = (sum + value, count + 1) }
            sums.append(sum)
            counts.append(count)
        }
    }

    func mean(_ range: Range<Int>) -> Double? {
        let count = counts[range.upperBound] - counts[range.lowerBound]
        return count > 0 ? (sums[range.upperBound] - sums[range.lowerBound]) / Double(count) : nil
    }
}
