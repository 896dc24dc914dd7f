import Checkpoints
import Kernels
import Soups
import Tensors

/// Mixes all ingredients of a pool on one rank's slice, reading each file piece by piece.
struct PoolMixing {
    let pool: IngredientPool
    let layout: ParameterLayout
    let chunks: GroupedChunks
    let threads: Int

    /// θ[l] = Σₖ α[k,l]·w[k,l], summed in double in the pool's order, rounded once.
    ///
    /// Ingredients whose coefficients are all zero in a piece are not read there.
    ///
    /// * `alpha`: pool × groups
    /// * `target`: the slice's elements
    /// * `rounding`: element type per parameter that the result is rounded to; nil for float32 throughout
    func mix(_ alpha: CoefficientMatrix, into target: UnsafeMutablePointer<Float>, rounding: [ElementType]?)
        throws
    {
        let pieces = chunks.pieces
        let target = Shared(target)
        try concurrentlyThrowing(threads: threads, items: pieces.count) { item in
            let piece = pieces[item]
            let range = chunks.range(piece)
            let weights = UnsafeMutablePointer<Float>.allocate(capacity: range.count)
            let sums = UnsafeMutablePointer<Double>.allocate(capacity: range.count)
            defer {
                weights.deallocate()
                sums.deallocate()
            }
            sums.initialize(repeating: 0, count: range.count)
            for ingredient in 0..<pool.count {
                guard piece.contains(where: { alpha[ingredient, chunks.chunks[$0].group] != 0 }) else {
                    continue
                }
                try pool.read(ingredient, range, of: layout, into: weights)
                for chunk in chunks.chunks[piece] {
                    let start = chunk.range.lowerBound - range.lowerBound
                    let coefficient = alpha[ingredient, chunk.group]
                    Kernels.mix(count: chunk.range.count, coefficient, weights + start, into: sums + start)
                }
            }
            let output = target.pointer + (range.lowerBound - chunks.elements.lowerBound)
            for index in 0..<range.count { output[index] = Float(sums[index]) }
        }
        if let rounding { round(target.pointer, rounding) }
    }

    /// Rounds every parameter to the element type it is stored in.
    private func round(_ target: UnsafeMutablePointer<Float>, _ types: [ElementType]) {
        for (parameter, type) in zip(layout.parameters, types) where type != .float32 {
            let range = parameter.range.clamped(to: chunks.elements)
            type.round(target + (range.lowerBound - chunks.elements.lowerBound), count: range.count)
        }
    }
}
