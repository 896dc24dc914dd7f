import Diagnostics

/// The order in which the samples of a data set lie, where a part of them is asked for.
enum LabelOrder {
    /// Samples `range` of a data set with these labels, each class by its share.
    ///
    /// Every class's samples are spread evenly over a row, which is then cut; so ranges that part the row part the samples.
    /// They come in the order in which they are stored.
    static func evenly(_ range: Range<Int>, of labels: [Int32]) -> [Int] {
        guard range.count < labels.count else { return Array(labels.indices) }
        var counts: [Int32: Int] = [:]
        // 2·rank + 1 within the class: sample j of n stands at (2j + 1) / 2n of the row.
        let ranks = labels.map { label in
            defer { counts[label, default: 0] += 1 }
            return 2 * counts[label, default: 0] + 1
        }
        let sizes = labels.map { counts[$0] ?? 1 }
        let row = labels.indices.sorted { left, right in
            let (a, b) = (ranks[left] * sizes[right], ranks[right] * sizes[left])
            return a != b ? a < b : left < right
        }
        return row[range].sorted()
    }

    /// Whether a range of samples that lie class after class has another mix of classes than the whole.
    ///
    /// * `labels`: of all samples
    static func doubt(_ range: Range<Int>, of labels: [Int32], _ name: String) -> Doubt? {
        guard range.count < labels.count else { return nil }
        let shares = shares(labels[...])
        // Of neighbours in any order, so many would differ.
        let usual = Double(labels.count - 1) * (1 - shares.values.reduce(0) { $0 + $1 * $1 })
        let changes = zip(labels, labels.dropFirst()).count { $0 != $1 }
        guard usual >= 4, Double(changes) < usual / 4 else { return nil }
        let own = Self.shares(labels[range])
        // Half the sum of differences: the share of samples that would have to be others.
        let distance = shares.reduce(0) { $0 + abs($1.value - own[$1.key, default: 0]) } / 2
        guard distance > 0.05 else { return nil }
        return Doubt(
            .warning,
            "\(name): the samples lie class after class, so that this range has other shares of the classes than the whole "
                + "(\(own.count) of its \(shares.count) classes): shuffle them when they are stored"
        )
    }

    private static func shares(_ labels: ArraySlice<Int32>) -> [Int32: Double] {
        let counts = labels.reduce(into: [Int32: Int]()) { $0[$1, default: 0] += 1 }
        return counts.mapValues { Double($0) / Double(labels.count) }
    }
}
