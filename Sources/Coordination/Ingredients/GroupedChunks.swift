import Tensors

/// The fixed chunks of a rank's slice with the coefficient group of each.
struct GroupedChunks {
    struct Chunk {
        let group: Int
        /// Elements in the flat parameter vector.
        let range: Range<Int>
        /// First element within the slice.
        let offset: Int
    }

    let chunks: [Chunk]
    /// The slice's elements in the flat parameter vector.
    let elements: Range<Int>
    /// The coefficient group of every parameter of the layout.
    let groupOfParameter: [Int]

    init(_ layout: ParameterLayout, groups: ParameterGroups, slice: ParameterLayout.Slice) {
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

    /// Runs of chunks of about a megabyte, the unit in which files are read and threads take work.
    var pieces: [Range<Int>] { pieces(of: 0..<chunks.count) }

    /// The same of some of the slice's chunks.
    func pieces(of part: Range<Int>) -> [Range<Int>] {
        stride(from: part.lowerBound, to: part.upperBound, by: Self.chunksPerPiece).map {
            $0..<min($0 + Self.chunksPerPiece, part.upperBound)
        }
    }

    static let chunksPerPiece = 64

    /// Elements of a run of chunks, which lie one after another.
    func range(_ piece: Range<Int>) -> Range<Int> {
        chunks[piece.lowerBound].range.lowerBound..<chunks[piece.upperBound - 1].range.upperBound
    }
}
