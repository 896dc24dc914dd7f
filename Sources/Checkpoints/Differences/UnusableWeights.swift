/// Weights of an ingredient that diverged: NaN, infinite, or so large that a model cannot be computed with them.
package struct UnusableWeights: Sendable, Equatable {
    package let count: Int
    /// Where the first of them is.
    package let tensor: String
    package let element: Int
    package let value: Float

    /// The greatest magnitude that passes: sums of squares of such numbers are still float32.
    package static let bound: Float = 1e16

    /// These and others after them.
    func and(_ others: UnusableWeights) -> UnusableWeights {
        UnusableWeights(count: count + others.count, tensor: tensor, element: element, value: value)
    }
}
