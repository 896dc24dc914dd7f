import Kernels
import Tensors
import Threads

/// One passage over the files of a pool, a piece of all ingredients at a time, and what it brings to light.
struct PoolScan {
    /// By group.
    private(set) var grams: [GramMatrix]
    /// By ingredient; nil where all weights can be used.
    private(set) var unusable: [UnusableWeights?]
    /// The first ingredient with the same numbers, bit for bit, of each; itself where there is none before it.
    private(set) var sameAs: [Int]
    /// By parameter: whether all ingredients have the same numbers, bit for bit.
    private(set) var isIdentical: [Bool]

    /// * `team`: each thread works on a piece of its own; the result does not depend on their number
    init(_ pool: IngredientPool, _ layout: ParameterLayout, _ groups: ParameterGroups, team: Team) throws {
        KernelSet.useCallingThreadOnly()
        let count = pool.count
        let tensors = try pool.ingredients.map { ingredient in
            try layout.parameters.map { parameter in
                let tensor = try ingredient.tensor(of: parameter)
                _ = try ingredient.element(of: tensor)
                return tensor
            }
        }
        grams = Array(repeating: GramMatrix(count: count), count: groups.count)
        unusable = Array(repeating: nil, count: count)
        sameAs = Array(repeating: 0, count: count)
        isIdentical = Array(repeating: true, count: layout.parameters.count)
        let length = min(max(Self.bufferLength / (count + 1), Self.chunkLength), 1 << 18)
        let pieces = Self.pieces(layout, groups, length: length)
        let examiners = (0..<max(1, min(team.threads, pieces.count))).map { _ in
            PieceExaminer(pool.ingredients, tensors, length: length)
        }
        for first in stride(from: 0, to: pieces.count, by: examiners.count) {
            let round = pieces[first..<min(first + examiners.count, pieces.count)]
            let known = sameAs
            team.run(round.count) { item in
                examiners[item].examine(round[first + item], sameAs: known)
            }
            for (examiner, piece) in zip(examiners, round) { try take(examiner.findings.get(), of: piece) }
        }
    }

    /// Adds what a piece has shown: in the order of the pieces.
    private mutating func take(_ findings: Findings, of piece: Piece) {
        grams[piece.group].add(findings.gram)
        for (segment, isIdentical) in zip(piece.segments, findings.isIdentical) where !isIdentical {
            self.isIdentical[segment.parameter] = false
        }
        let known = sameAs
        for index in sameAs.indices {
            sameAs[index] =
                (0..<index).first {
                    known[$0] == known[index] && findings.sameAs[$0] == findings.sameAs[index]
                }
                ?? index
        }
        for (index, found) in findings.unusable.enumerated() {
            if let found { unusable[index] = unusable[index]?.and(found) ?? found }
        }
    }

    /// Runs of parameters of one group, cut to at most `length` elements.
    private static func pieces(_ layout: ParameterLayout, _ groups: ParameterGroups, length: Int) -> [Piece] {
        var pieces: [Piece] = []
        for (index, parameter) in layout.parameters.enumerated() {
            let group = groups.ofParameter[index]
            var start = 0
            while start < parameter.range.count {
                if pieces.last?.group != group || pieces.last?.count == length {
                    pieces.append(Piece(group: group))
                }
                let last = pieces.count - 1
                let end = min(start + length - pieces[last].count, parameter.range.count)
                pieces[last].segments.append(Piece.Segment(parameter: index, elements: start..<end))
                pieces[last].count += end - start
                start = end
            }
        }
        return pieces
    }

    /// Floats for a piece of all ingredients together, by thread: 16 MiB.
    private static let bufferLength = 1 << 22
    /// Elements of a product: all ingredients' together stay in the second-level cache.
    static let chunkLength = 2048
}
