import Tensors

#if canImport(Glibc)
import Glibc
#endif

/// How far a pool's ingredients lie from their mean, and which of them are the same.
package struct IngredientDistances: Sendable, Equatable {
    /// ‖w − mean‖ of each ingredient, over all its tensors of numbers that can be mixed.
    package let fromMean: [Double]
    /// ‖mean‖, to compare them with.
    package let normOfMean: Double
    /// Ingredients whose numbers are the same bit for bit, each list in the pool's order, of two or more.
    package let duplicates: [[Int]]

    /// Reads every ingredient once, a small piece of all of them at a time.
    ///
    /// - Throws: `CheckpointError` where a weight is NaN or infinite.
    package init(of pool: IngredientPool) throws {
        let layout = ParameterLayout(
            pool.ingredients[0].tensors.values.filter { $0.type.element != nil }
                .map { (name: $0.name, shape: $0.shape, layer: $0.name) }
        )
        let length = max(Self.bufferLength / pool.count, ParameterLayout.chunkLength)
        let pieces = AlignedBuffer<Float>(count: pool.count * length)
        let mean = AlignedBuffer<Double>(count: length)
        var squares = Array(repeating: 0.0, count: pool.count)
        var squareOfMean = 0.0
        var candidates = [Array(pool.ingredients.indices)]
        for start in stride(from: 0, to: layout.count, by: length) {
            let range = start..<min(start + length, layout.count)
            for index in pool.ingredients.indices {
                try pool.read(index, range, of: layout, into: pieces.base + index * length)
            }
            takeMean(of: pieces, length: length, count: range.count, into: mean)
            for place in 0..<range.count { squareOfMean += mean.base[place] * mean.base[place] }
            for index in pool.ingredients.indices {
                let piece = pieces.base + index * length
                for place in 0..<range.count {
                    let difference = Double(piece[place]) - mean.base[place]
                    squares[index] += difference * difference
                }
            }
            candidates = candidates.flatMap { group in
                split(group) { left, right in
                    let bytes = range.count * MemoryLayout<Float>.size
                    return memcmp(pieces.base + left * length, pieces.base + right * length, bytes) == 0
                }
            }
        }
        fromMean = squares.map { $0.squareRoot() }
        normOfMean = squareOfMean.squareRoot()
        duplicates = candidates.filter { $0.count > 1 }
    }

    /// Floats for the pieces of all ingredients together: 8 MiB.
    private static let bufferLength = 1 << 21
}

private func takeMean(
    of pieces: AlignedBuffer<Float>,
    length: Int,
    count: Int,
    into mean: AlignedBuffer<Double>
) {
    let ingredients = pieces.count / length
    mean.base.update(repeating: 0, count: count)
    for index in 0..<ingredients {
        let piece = pieces.base + index * length
        for place in 0..<count { mean.base[place] += Double(piece[place]) }
    }
    for place in 0..<count { mean.base[place] /= Double(ingredients) }
}

/// Those of a group that are alike, in groups of two or more.
private func split(_ group: [Int], areAlike: (Int, Int) -> Bool) -> [[Int]] {
    var parts: [[Int]] = []
    for index in group {
        if let part = parts.firstIndex(where: { areAlike($0[0], index) }) {
            parts[part].append(index)
        } else {
            parts.append([index])
        }
    }
    return parts.filter { $0.count > 1 }
}
