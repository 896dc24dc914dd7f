import Randomness

/// Consecutive runs of a pool that was shuffled once.
///
/// Every outer epoch goes through the same coefficient blocks in the same order: the pool is not shuffled again. All
/// but the last have `blockSize` ingredients; the last has what is left.
package struct CyclicSampler: CoefficientSampler, Codable, Equatable {
    /// The pool in shuffled order.
    package let order: [Int]
    package let blockSize: Int

    package init(ingredientCount: Int, blockSize: Int, seed: UInt64) {
        precondition(ingredientCount > 0 && blockSize > 0)
        var stream = RandomStream(seed: seed).split("coefficient blocks")
        order = stream.permutation(of: ingredientCount)
        self.blockSize = min(blockSize, ingredientCount)
    }

    package var blocksPerOuterEpoch: Int { (order.count - 1) / blockSize + 1 }

    package func block(outerEpoch: Int, index: Int) -> CoefficientBlock {
        precondition(index >= 0 && index < blocksPerOuterEpoch)
        let ingredients = order[index * blockSize..<min((index + 1) * blockSize, order.count)]
        return CoefficientBlock(outerEpoch: outerEpoch, index: index, ingredients: Array(ingredients))
    }
}
