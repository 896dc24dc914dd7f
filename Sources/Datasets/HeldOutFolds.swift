import Randomness

/// Held-out samples cut into folds: each judges a soup that is learned on the others, and has no part in it.
///
/// Stratified: every fold has of every class its share, rounded down or up. Depends on the samples, their labels, the count
/// and the seed alone.
package struct HeldOutFolds: Sendable, Equatable {
    /// By fold, the samples that are in it, ascending; they differ in number by one at most.
    package let judging: [[Int]]
    /// By fold, the samples that are not, ascending.
    ///
    /// The same number for every fold, so that all take the same steps. Where folds differ in size, one sample more is left
    /// out.
    package let learning: [[Int]]

    /// Nil for fewer than two folds or fewer samples than folds.
    ///
    /// * `samples`: sample numbers, ascending
    /// * `labels`: one per sample number
    package init?(_ samples: [Int], labels: [Int32], count: Int, seed: UInt64) {
        guard count > 1, samples.count >= count else { return nil }
        let stream = RandomStream(seed: seed).split("folds")
        var folds = [Int](repeating: 0, count: labels.count)
        // Dealt out one after another, class after class: what a class leaves over the next one fills up.
        var turn = 0
        for (label, own) in Dictionary(grouping: samples, by: { labels[$0] }).sorted(by: { $0.key < $1.key })
        {
            var stream = stream.split("class", Int(label))
            for place in stream.permutation(of: own.count) {
                folds[own[place]] = turn
                turn = (turn + 1) % count
            }
        }
        judging = (0..<count).map { fold in samples.filter { folds[$0] == fold } }
        let fewest = samples.count - (judging.map(\.count).max() ?? 0)
        learning = (0..<count).map { fold in Array(samples.filter { folds[$0] != fold }.prefix(fewest)) }
    }
}
