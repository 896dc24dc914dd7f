import Randomness

/// Held-out samples in two parts: those that coefficients are learned on, and the monitor that learning never sees.
///
/// Depends on the labels (or the count), the share and the seed alone.
package struct HeldOutSplit: Sendable, Equatable {
    /// Sample numbers, ascending.
    package let learning: [Int]
    /// Sample numbers, ascending; those that are not in `learning`.
    package let monitor: [Int]

    /// Splits `count` samples at random, whatever their labels.
    ///
    /// Nil as for `init(labels:monitorShare:seed:)`.
    package init?(count: Int, monitorShare: Double, seed: UInt64) {
        guard count > 0 else { return nil }
        self.init(labels: Array(repeating: 0, count: count), monitorShare: monitorShare, seed: seed)
    }

    /// Splits samples at random within every class, so that both parts have the classes in the same proportions.
    ///
    /// The monitor gets `monitorShare` of all samples, rounded, and at least one on either side; of every class its
    /// share, rounded down or up.
    ///
    /// Nil where the share is not in 0 ..< 1, or there are too few samples for one on either side.
    ///
    /// * `labels`: one per sample
    /// * `monitorShare`: 0 for no monitor
    package init?(labels: [Int32], monitorShare: Double, seed: UInt64) {
        guard monitorShare >= 0, monitorShare < 1, !labels.isEmpty else { return nil }
        guard monitorShare > 0 else {
            (learning, monitor) = (Array(labels.indices), [])
            return
        }
        guard labels.count > 1 else { return nil }
        let classes = Dictionary(grouping: labels.indices) { labels[$0] }.sorted { $0.key < $1.key }
        let sizes = Self.sizes(classes.map(\.value.count), share: monitorShare)
        let stream = RandomStream(seed: seed).split("held-out split")
        var isMonitor = [Bool](repeating: false, count: labels.count)
        for ((label, samples), size) in zip(classes, sizes) {
            var stream = stream.split("class", Int(label))
            for place in stream.permutation(of: samples.count).prefix(size) {
                isMonitor[samples[place]] = true
            }
        }
        learning = labels.indices.filter { !isMonitor[$0] }
        monitor = labels.indices.filter { isMonitor[$0] }
    }

    /// How many of every class the monitor gets.
    ///
    /// Each class its share rounded down, then one more where most was cut off (the first class of equals) until the
    /// whole has its size: Hare's method of greatest remainders.
    private static func sizes(_ counts: [Int], share: Double) -> [Int] {
        let total = counts.reduce(0, +)
        let wanted = min(max(Int((share * Double(total)).rounded()), 1), total - 1)
        let shares = counts.map { share * Double($0) }
        var sizes = shares.map { Int($0) }
        let missing = max(wanted - sizes.reduce(0, +), 0)
        let remainders = zip(shares, sizes).map { $0 - Double($1) }
        // Swift's sort is stable.
        let order = counts.indices.sorted { remainders[$0] > remainders[$1] }
        for index in order.prefix(missing) { sizes[index] += 1 }
        return sizes
    }
}
