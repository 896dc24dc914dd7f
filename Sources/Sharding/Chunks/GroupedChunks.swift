import Tensors

/// The fixed chunks of a rank's slice with the coefficient group of each.
package struct GroupedChunks {
    package struct Chunk {
        let group: Int
        /// Elements in the flat parameter vector.
        let range: Range<Int>
        /// First element within the slice, its parts one after another.
        let offset: Int
    }

    let chunks: [Chunk]
    /// By bucket, the slice's part of it: which of `chunks`.
    let parts: [Range<Int>]
    /// The slice's elements in the flat parameter vector, by bucket.
    let elements: [Range<Int>]
    /// Elements of the slice.
    package let count: Int
    /// The coefficient group of every parameter of the layout.
    let groupOfParameter: [Int]

    package init(_ layout: ParameterLayout, groups: ParameterGroups, slice: [ParameterLayout.Run]) {
        groupOfParameter = groups.ofParameter
        elements = slice.map(\.elements)
        var chunks: [Chunk] = []
        var parts: [Range<Int>] = []
        var count = 0
        for run in slice {
            let first = chunks.count
            for chunk in layout.chunks[run.chunks] {
                let group = groups.ofParameter[chunk.parameter]
                chunks.append(Chunk(group: group, range: chunk.range, offset: count))
                count += chunk.range.count
            }
            parts.append(first..<chunks.count)
        }
        (self.chunks, self.parts, self.count) = (chunks, parts, count)
    }

    /// Runs of chunks of about a megabyte, the unit in which files are read.
    var pieces: [Range<Int>] { pieces(of: chunks.indices) }

    /// The same of some of the slice's chunks.
    func pieces(of some: Range<Int>) -> [Range<Int>] { runs(of: some, by: 64) }

    /// Shorter runs, the unit in which threads take work in memory.
    var tiles: [Range<Int>] { tiles(of: chunks.indices) }

    /// The same of some of the slice's chunks.
    func tiles(of some: Range<Int>) -> [Range<Int>] { runs(of: some, by: 8) }

    /// Runs that lie in one part each.
    private func runs(of some: Range<Int>, by length: Int) -> [Range<Int>] {
        parts.map { $0.clamped(to: some) }.flatMap { part in
            stride(from: part.lowerBound, to: part.upperBound, by: length).map {
                $0..<min($0 + length, part.upperBound)
            }
        }
    }

    /// Elements of a run of chunks, which lie one after another.
    func range(_ piece: Range<Int>) -> Range<Int> {
        chunks[piece.lowerBound].range.lowerBound..<chunks[piece.upperBound - 1].range.upperBound
    }
}

/// Where the elements of a slice lie.
package enum SlicePlace {
    /// One after another.
    case packed(UnsafeMutablePointer<Float>)
    /// Where they belong in the whole flat vector.
    case whole(UnsafeMutablePointer<Float>)

    subscript(chunk: GroupedChunks.Chunk) -> UnsafeMutablePointer<Float> {
        switch self {
        case .packed(let base): base + chunk.offset
        case .whole(let base): base + chunk.range.lowerBound
        }
    }
}
