import Tensors

/// The fixed chunks of a rank's slice with the coefficient group of each.
package struct GroupedChunks {
    struct Chunk {
        let group: Int
        /// Elements in the flat parameter vector.
        let range: Range<Int>
        /// First element within the slice.
        let offset: Int
    }

    let chunks: [Chunk]
    /// The slice's elements in the flat parameter vector.
    package let elements: Range<Int>
    /// The coefficient group of every parameter of the layout.
    let groupOfParameter: [Int]

    package init(_ layout: ParameterLayout, groups: ParameterGroups, slice: ParameterLayout.Slice) {
        groupOfParameter = groups.ofParameter
        elements = slice.elements
        chunks = layout.chunks[slice.chunks].map { chunk in
            Chunk(
                group: groups.ofParameter[chunk.parameter],
                range: chunk.range,
                offset: chunk.range.lowerBound - slice.elements.lowerBound
            )
        }
    }

    /// Runs of chunks of about a megabyte, the unit in which files are read.
    var pieces: [Range<Int>] { pieces(of: 0..<chunks.count) }

    /// The same of some of the slice's chunks.
    func pieces(of part: Range<Int>) -> [Range<Int>] { runs(of: part, by: Self.chunksPerPiece) }

    static let chunksPerPiece = 64

    /// Shorter runs, the unit in which threads take work in memory.
    var tiles: [Range<Int>] { runs(of: 0..<chunks.count, by: 8) }

    private func runs(of part: Range<Int>, by length: Int) -> [Range<Int>] {
        stride(from: part.lowerBound, to: part.upperBound, by: length).map {
            $0..<min($0 + length, part.upperBound)
        }
    }

    /// Elements of a run of chunks, which lie one after another.
    func range(_ piece: Range<Int>) -> Range<Int> {
        chunks[piece.lowerBound].range.lowerBound..<chunks[piece.upperBound - 1].range.upperBound
    }
}
