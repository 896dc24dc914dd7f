import Tensors

/// Who sends whom which ingredient: the same on every rank.
package struct WeightSenders: Sendable, Equatable {
    /// Per ingredient, by rank: who sends it the weights; nil where it reads them itself.
    let senders: [[Int?]]
    /// Chunks of a slice that travel at once.
    let windowChunks: Int
    /// Windows that the longest slice takes.
    let windowCount: Int
    /// Ranks that one rank sends the same ingredient to, at most.
    let mostReceivers: Int

    /// Bytes that a rank puts aside for what it sends at once.
    private static let sendBytes = 16 << 20
    /// Chunks that are received at once, at most: 8 MiB of float32.
    private static let longestWindow = 512

    /// A rank that lacks an ingredient gets it from the rank that has sent the least so far among those that can read it.
    ///
    /// * `windowChunks`: nil for as many as keep within the memory put aside
    package init(_ copies: InputCopies, slices: [ParameterLayout.Slice], windowChunks: Int? = nil) {
        var loads = [Int](repeating: 0, count: slices.count)
        var mostReceivers = 1
        senders = copies.ingredients.indices.map { ingredient in
            let holders = copies.holders(of: ingredient)
            var senders = [Int?](repeating: nil, count: slices.count)
            var receivers = [Int](repeating: 0, count: slices.count)
            for rank in slices.indices where copies.ingredients[ingredient][rank] == nil {
                guard let sender = holders.min(by: { (loads[$0], $0) < (loads[$1], $1) }) else { continue }
                senders[rank] = sender
                receivers[sender] += 1
                loads[sender] += slices[rank].elements.count
            }
            mostReceivers = max(mostReceivers, receivers.max() ?? 0)
            return senders
        }
        self.mostReceivers = mostReceivers
        let fitting = Self.sendBytes / (mostReceivers * ParameterLayout.chunkLength * 4)
        self.windowChunks = windowChunks ?? min(max(fitting, 1), Self.longestWindow)
        let longest = slices.map(\.chunks.count).max() ?? 0
        windowCount = (longest + self.windowChunks - 1) / self.windowChunks
    }

    func isEverywhere(_ ingredient: Int) -> Bool { senders[ingredient].allSatisfy { $0 == nil } }

    /// Chunks, counted within a slice of `count`, that make up a window; empty beyond the end.
    func window(_ index: Int, of count: Int) -> Range<Int> {
        min(index * windowChunks, count)..<min((index + 1) * windowChunks, count)
    }

    /// Bytes that a rank needs for messages; the same on every rank.
    var byteCount: Int {
        guard senders.indices.contains(where: { !isEverywhere($0) }) else { return 0 }
        return Self.sendBytes + windowChunks * ParameterLayout.chunkLength * 4
    }
}
