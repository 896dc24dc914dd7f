/// Who owns what of the flat parameter vector: it is cut into buckets, and each bucket over all ranks.
///
/// Buckets are what travels at once, so that computing goes on while they do; their bounds depend on shapes alone. A
/// rank's slice is its part of every bucket.
package struct ParameterShares: Sendable, Equatable {
    package typealias Run = ParameterLayout.Run

    package let ranks: Int
    package let buckets: [Run]
    /// By bucket, by rank.
    package let parts: [[Run]]

    /// A bucket holds a sixteenth of the model: of what may be hidden behind computing, the first and the last one are
    /// not.
    private static let fewest = 16
    /// Fewest elements of a bucket (1 MiB of float32): smaller ones are more waiting for messages than messages.
    package static let shortest = 1 << 18

    /// * `bucketLength`: elements of a bucket, to a chunk; nil for what suits the model
    package init(_ layout: ParameterLayout, ranks: Int, bucketLength: Int? = nil) {
        precondition(ranks > 0)
        let length = bucketLength ?? max((layout.count + Self.fewest - 1) / Self.fewest, Self.shortest)
        self.ranks = ranks
        buckets = Self.cut(layout, length)
        var owned = [Int](repeating: 0, count: ranks)
        parts = buckets.map { Self.part(layout, $0, over: &owned) }
    }

    /// A rank's slice: its part of every bucket.
    package func slice(of rank: Int) -> [Run] { parts.map { $0[rank] } }

    /// Elements of a rank's slice.
    package func count(of rank: Int) -> Int { slice(of: rank).reduce(0) { $0 + $1.elements.count } }

    /// Runs of chunks of at least `length` elements; what is left at the end is added to the last one.
    private static func cut(_ layout: ParameterLayout, _ length: Int) -> [Run] {
        var bounds = [0]
        var reached = 0
        for (index, chunk) in layout.chunks.enumerated()
        where chunk.range.upperBound - reached >= length && layout.count - chunk.range.upperBound >= length {
            bounds.append(index + 1)
            reached = chunk.range.upperBound
        }
        bounds.append(layout.chunks.count)
        return zip(bounds, bounds.dropFirst()).map { layout.run($0..<$1) }
    }

    /// A bucket cut over the ranks so that all own as much of the vector so far, as equally as chunks allow.
    private static func part(_ layout: ParameterLayout, _ bucket: Run, over owned: inout [Int]) -> [Run] {
        let (ranks, end) = (owned.count, bucket.elements.upperBound)
        var target = bucket.elements.lowerBound
        var chunk = bucket.chunks.lowerBound
        return owned.indices.map { rank in
            let first = chunk
            target += end * (rank + 1) / ranks - end * rank / ranks - owned[rank]
            let stop = rank == ranks - 1 ? end : target
            while chunk < bucket.chunks.upperBound, layout.chunks[chunk].range.middle < stop { chunk += 1 }
            let part = layout.run(first..<chunk)
            owned[rank] += part.elements.count
            return part
        }
    }
}

extension Range<Int> {
    fileprivate var middle: Int { (lowerBound + upperBound) / 2 }
}
