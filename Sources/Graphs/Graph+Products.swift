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

    /// Rows of a sample's matrices in the products of a forward pass: at most so many in those that do half of the work.
    ///
    /// For a transformer its tokens, for a convolutional network the pixels of its middle.
    package var usualRows: Int {
        let uses = operators.flatMap { $0.products(in: self, batch: 1).forward }
            .sorted { $0.shape.rows < $1.shape.rows }
        var left = uses.reduce(0.0) { $0 + Double($1.operations) } / 2
        for use in uses {
            left -= Double(use.operations)
            if left <= 0 { return max(1, use.shape.rows) }
        }
        return 1
    }

    /// The products of a linear layer.
    ///
    /// * `hasInputGradient`: whether its input gets a gradient
    func linearProducts(
        _ shape: LinearShape,
        _ weight: ValueID,
        hasInputGradient: Bool
    ) -> (forward: [ProductUse], backward: [ProductUse]) {
        let range = elements(weight)
        let (read, written) = (range.map(ProductUse.Weight.read), range.map(ProductUse.Weight.gradient))
        let forward = ProductUse(shape: shape.forward, weight: read ?? .none, repeats: 1)
        let gradient = ProductUse(shape: shape.weightGradient, weight: written ?? .none, repeats: 1)
        let input = ProductUse(shape: shape.inputGradient, weight: read ?? .none, repeats: 1)
        return ([forward], hasInputGradient ? [gradient, input] : [gradient])
    }

    /// The place of a value of parameters in the flat vector; nil of any other.
    func elements(_ value: ValueID) -> Range<Int>? {
        guard case .parameters(let range) = self[value].place else { return nil }
        let all = layout.parameters[range]
        return (all.first?.range.lowerBound ?? 0)..<(all.last?.range.upperBound ?? 0)
    }

    /// Whether a weight is there in bfloat16 where products are: parameters, and what is made of them alone.
    func canRound(_ weight: ValueID) -> Bool { self[weight].place != .samples && self[weight].needsGradient }

    /// The runs of parameters that are read as they are where products are in bfloat16: all but the products' weights.
    package var unroundedRanges: [Range<Int>] {
        let readOtherwise = Set(
            operators.flatMap { operation in
                operation.inputs.filter { $0 != operation.roundedWeight(in: self)?.weight }.map {
                    self[$0].storage
                }
            }
        )
        let rounded = operators.compactMap { $0.roundedWeight(in: self)?.weight }
        let weights = Set(rounded).filter { !readOtherwise.contains(self[$0].storage) }.compactMap(elements)
            .sorted { $0.lowerBound < $1.lowerBound }
        var (ranges, start) = ([Range<Int>](), 0)
        for weight in weights {
            if weight.lowerBound > start { ranges.append(start..<weight.lowerBound) }
            start = max(start, weight.upperBound)
        }
        return start < layout.count ? ranges + [start..<layout.count] : ranges
    }

    /// Elements per sample of the rounded rows of the product that has most of them.
    var roundedRowElements: Int {
        operators.compactMap { $0.roundedWeight(in: self)?.rowElements }.max() ?? 0
    }
}
