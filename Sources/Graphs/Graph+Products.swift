import Kernels

/// A matrix product of a pass, and what it works on.
package struct ProductUse: Sendable {
    /// Where a parameter stands in a product.
    package enum Weight: Sendable {
        /// Both factors and the result are activations or their gradients.
        case none
        /// The right factor is this part of the parameters.
        case read(Range<Int>)
        /// The result is this part of the parameters' gradient.
        case gradient(Range<Int>)
    }

    package let shape: MatrixProduct
    package let weight: Weight
    /// How often the pass takes a product of this shape: once per sample and head in attention.
    package let repeats: Int

    package var operations: Int { repeats * shape.operations }
}

extension Graph {
    /// Every matrix product of a forward and backward pass over `batch` samples, in order.
    package func products(batch: Int) -> [ProductUse] {
        let all = operators.map { $0.products(in: self, batch: batch) }
        return all.flatMap(\.forward) + all.reversed().flatMap(\.backward)
    }

    /// The products of a linear layer.
    ///
    /// * `parts`: how many parameters from `weight` on make up the weight
    /// * `hasInputGradient`: whether its input gets a gradient
    func linearProducts(
        _ shape: LinearShape,
        _ weight: ParameterID,
        parts: Int = 1,
        hasInputGradient: Bool
    ) -> (forward: [ProductUse], backward: [ProductUse]) {
        let parameters = layout.parameters[weight.index...].prefix(parts)
        let range = parameters[weight.index].range.lowerBound..<(parameters.last?.range.upperBound ?? 0)
        let forward = ProductUse(shape: shape.forward, weight: .read(range), repeats: 1)
        let gradient = ProductUse(shape: shape.weightGradient, weight: .gradient(range), repeats: 1)
        let input = ProductUse(shape: shape.inputGradient, weight: .read(range), repeats: 1)
        return ([forward], hasInputGradient ? [gradient, input] : [gradient])
    }
}
