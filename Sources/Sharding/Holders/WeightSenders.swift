import Tensors

/// Who sends whom which ingredient: the same on every rank.
package struct WeightSenders: Sendable, Equatable {
    /// Per ingredient, by rank: who sends it the weights; nil where it reads them itself.
    let senders: [[Int?]]
    /// Chunks that travel at once, at most.
    let windowChunks: Int
    /// What travels one after another: a part of every rank's part of a bucket.
    let windows: [Window]
    /// Ranks that one rank sends the same ingredient to, at most.
    let mostReceivers: Int

    struct Window: Sendable, Equatable {
        let bucket: Int
        /// First chunk, counted within a rank's part of the bucket.
        let first: Int
    }

    /// Bytes that a rank puts aside for what it sends at once.
    private static let sendBytes = 16 << 20
    /// Chunks that are received at once, at most: 8 MiB of float32.
    private static let longestWindow = 512

    /// A rank that lacks an ingredient gets it from the rank that has sent the least so far among those that can read it.
    ///
    /// * `windowChunks`: nil for as many as keep within the memory put aside
    package init(_ copies: InputCopies, _ shares: ParameterShares, windowChunks: Int? = nil) {
        var loads = [Int](repeating: 0, count: shares.ranks)
        let counts = (0..<shares.ranks).map { shares.count(of: $0) }
        var mostReceivers = 1
        senders = copies.ingredients.indices.map { ingredient in
            let holders = copies.holders(of: ingredient)
            var senders = [Int?](repeating: nil, count: shares.ranks)
            var receivers = [Int](repeating: 0, count: shares.ranks)
            for rank in 0..<shares.ranks where copies.ingredients[ingredient][rank] == nil {
                guard let sender = holders.min(by: { (loads[$0], $0) < (loads[$1], $1) }) else { continue }
                senders[rank] = sender
                receivers[sender] += 1
                loads[sender] += counts[rank]
            }
            mostReceivers = max(mostReceivers, receivers.max() ?? 0)
            return senders
        }
        self.mostReceivers = mostReceivers
        let fitting = Self.sendBytes / (mostReceivers * ParameterLayout.chunkLength * 4)
        let length = windowChunks ?? min(max(fitting, 1), Self.longestWindow)
        self.windowChunks = length
        windows = shares.parts.enumerated().flatMap { bucket, parts in
            stride(from: 0, to: parts.map(\.chunks.count).max() ?? 0, by: length).map {
                Window(bucket: bucket, first: $0)
            }
        }
    }

    func isEverywhere(_ ingredient: Int) -> Bool { senders[ingredient].allSatisfy { $0 == nil } }

    /// The chunks in a window of a rank's part of its bucket; none beyond the part's end.
    func chunks(_ window: Window, of part: Range<Int>) -> Range<Int> {
        let start = min(part.lowerBound + window.first, part.upperBound)
        return start..<min(start + windowChunks, part.upperBound)
    }

    /// Bytes that a rank needs for messages; the same on every rank.
    var byteCount: Int {
        guard senders.indices.contains(where: { !isEverywhere($0) }) else { return 0 }
        return Self.sendBytes + windowChunks * ParameterLayout.chunkLength * 4
    }
}
