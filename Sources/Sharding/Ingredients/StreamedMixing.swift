import Checkpoints
import Kernels
import Soups
import Tensors
import Threads

/// Mixes all ingredients of a pool on one rank, window by window: it holds a few million numbers, whatever the model's size.
///
/// Gives the bits of `PoolMixing`.
package final class StreamedMixing {
    /// Numbers that are mixed at a time: 16 MiB of them.
    private static let windowLength = 1 << 22
    /// Numbers that a thread mixes at a time.
    private static let tileLength = 1 << 16

    private let pool: IngredientPool
    private let layout: ParameterLayout
    private let groups: ParameterGroups
    private let alpha: CoefficientMatrix
    private let team: Team
    private let window: AlignedBuffer<Float>
    private var present = 0..<0

    /// * `alpha`: pool × groups
    package init(
        _ pool: IngredientPool,
        _ layout: ParameterLayout,
        _ groups: ParameterGroups,
        _ alpha: CoefficientMatrix,
        team: Team
    ) {
        precondition(alpha.rows == pool.count && alpha.columns == groups.count)
        self.pool = pool
        self.layout = layout
        self.groups = groups
        self.alpha = alpha
        self.team = team
        window = AlignedBuffer(count: min(Self.windowLength, layout.count))
    }

    /// Elements of one parameter of the soup, θ = Σₖ α[k,l]·w[k], summed in double in the pool's order, rounded once; they
    /// stay there until others are asked for.
    ///
    /// - Throws: what reading an ingredient throws.
    package func numbers(_ elements: Range<Int>) throws -> UnsafePointer<Float> {
        if elements.lowerBound < present.lowerBound || elements.upperBound > present.upperBound {
            guard
                let parameter = layout.parameters.firstIndex(where: { $0.range.contains(elements.lowerBound) }
                )
            else { preconditionFailure("elements \(elements) of no parameter") }
            let end = layout.parameters[parameter].range.upperBound
            let range = elements.lowerBound..<min(elements.lowerBound + Self.windowLength, end)
            try mix(range, group: groups.ofParameter[parameter])
            present = range
        }
        return UnsafePointer(window.base + (elements.lowerBound - present.lowerBound))
    }

    private func mix(_ range: Range<Int>, group: Int) throws {
        let used = (0..<pool.count).filter { alpha[$0, group] != 0 }
        let tiles = (range.count + Self.tileLength - 1) / Self.tileLength
        try team.run(tiles) { tile in
            let start = range.lowerBound + tile * Self.tileLength
            let own = start..<min(start + Self.tileLength, range.upperBound)
            let sums = AlignedBuffer<Double>(count: own.count)
            let weights = AlignedBuffer<Float>(count: own.count)
            sums.base.update(repeating: 0, count: own.count)
            for ingredient in used {
                try pool.read(ingredient, own, of: layout, into: weights.base)
                Kernels.mix(count: own.count, alpha[ingredient, group], weights.base, into: sums.base)
            }
            let output = window.base + (own.lowerBound - range.lowerBound)
            for index in 0..<own.count { output[index] = Float(sums.base[index]) }
        }
    }
}
