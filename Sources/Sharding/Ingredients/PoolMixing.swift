import Kernels
import Soups
import Tensors

/// Mixes all ingredients of a pool on one rank's slice, reading each file piece by piece.
package struct PoolMixing {
    private let reading: IngredientReading
    private let chunks: GroupedChunks

    package init(_ reading: IngredientReading) {
        self.reading = reading
        chunks = reading.chunks
    }

    /// θ[l] = Σₖ α[k,l]·w[k,l], summed in double in the pool's order, rounded once.
    ///
    /// Ingredients whose coefficients are all zero in a piece are not read there.
    ///
    /// * `alpha`: pool × groups
    /// * `rounding`: element type per parameter that the result is rounded to; nil for float32 throughout
    package func mix(
        _ alpha: CoefficientMatrix,
        into target: SlicePlace,
        rounding: [ElementType]?
    )
        throws
    {
        let used = reading.pool.ingredients.indices.filter { ingredient in
            (0..<alpha.columns).contains { alpha[ingredient, $0] != 0 }
        }
        let sweep = reading.sweep()
        if used.allSatisfy(reading.senders.isEverywhere) {
            try mixPieces(alpha, used, sweep, into: target)
        } else {
            try mixWindows(alpha, used, sweep, into: target)
        }
        if let rounding { round(target, rounding) }
    }

    /// Piece by piece, each through all ingredients: only a piece of sums is kept per thread.
    private func mixPieces(
        _ alpha: CoefficientMatrix,
        _ used: [Int],
        _ sweep: IngredientSweep,
        into target: SlicePlace
    ) throws {
        let pieces = chunks.pieces
        try reading.team.run(pieces.count) { item in
            let range = chunks.range(pieces[item])
            let sums = UnsafeMutablePointer<Double>.allocate(capacity: range.count)
            defer { sums.deallocate() }
            sums.initialize(repeating: 0, count: range.count)
            for ingredient in used { try add(alpha, ingredient, pieces[item], sweep, to: sums) }
            let output = target[chunks.chunks[pieces[item].lowerBound]]
            for index in 0..<range.count { output[index] = Float(sums[index]) }
        }
    }

    /// Window by window and ingredient by ingredient, as weights arrive from other ranks.
    ///
    /// Every element's sum goes through the pool in the same order as piece by piece.
    private func mixWindows(
        _ alpha: CoefficientMatrix,
        _ used: [Int],
        _ sweep: IngredientSweep,
        into target: SlicePlace
    ) throws {
        let buffer = AlignedBuffer<Double>(
            count: reading.senders.windowChunks * ParameterLayout.chunkLength
        )
        for window in sweep.windows(of: used) {
            let pieces = chunks.pieces(of: window.chunks)
            let elements = window.chunks.isEmpty ? 0..<0 : chunks.range(window.chunks)
            buffer.base.update(repeating: 0, count: elements.count)
            let sums = buffer.base
            for ingredient in used {
                try sweep.fetch(ingredient, window) { isUsed(alpha, ingredient, inChunksOfLayout: $0) }
                try sweep.perform {
                    try reading.team.run(pieces.count) { item in
                        let offset = chunks.range(pieces[item]).lowerBound - elements.lowerBound
                        try add(alpha, ingredient, pieces[item], sweep, to: sums + offset)
                    }
                }
            }
            guard !elements.isEmpty else { continue }
            let output = target[chunks.chunks[window.chunks.lowerBound]]
            for index in 0..<elements.count { output[index] = Float(sums[index]) }
        }
        try sweep.end()
    }

    /// Adds an ingredient's share of a piece to its sums; where its coefficients are all zero, it is not read.
    private func add(
        _ alpha: CoefficientMatrix,
        _ ingredient: Int,
        _ piece: Range<Int>,
        _ sweep: IngredientSweep,
        to sums: UnsafeMutablePointer<Double>
    ) throws {
        guard piece.contains(where: { alpha[ingredient, chunks.chunks[$0].group] != 0 }) else { return }
        let range = chunks.range(piece)
        let weights = UnsafeMutablePointer<Float>.allocate(capacity: range.count)
        defer { weights.deallocate() }
        try sweep.read(ingredient, range, into: weights)
        for chunk in chunks.chunks[piece] {
            let start = chunk.range.lowerBound - range.lowerBound
            let coefficient = alpha[ingredient, chunk.group]
            Kernels.mix(count: chunk.range.count, coefficient, weights + start, into: sums + start)
        }
    }

    private func isUsed(
        _ alpha: CoefficientMatrix,
        _ ingredient: Int,
        inChunksOfLayout range: Range<Int>
    ) -> Bool {
        reading.layout.chunks[range].contains {
            alpha[ingredient, chunks.groupOfParameter[$0.parameter]] != 0
        }
    }

    /// Rounds every parameter to the element type it is stored in.
    private func round(_ target: SlicePlace, _ types: [ElementType]) {
        for (part, elements) in zip(chunks.parts, chunks.elements) where !part.isEmpty {
            let base = target[chunks.chunks[part.lowerBound]]
            for (parameter, type) in zip(reading.layout.parameters, types) where type != .float32 {
                let range = parameter.range.clamped(to: elements)
                type.round(base + (range.lowerBound - elements.lowerBound), count: range.count)
            }
        }
    }
}
