/// A number that is not finite turned up while a soup was learned.
package struct SoupError: Error, CustomStringConvertible, Sendable, Equatable {
    package enum Quantity: Sendable, Equatable {
        case loss
        /// A slope along an ingredient, or the norm of θ's gradient, in the given group.
        case gradient(group: Int)
        /// ‖w[k,l] − c[l]‖; also where negative.
        case distance(ingredient: Int, group: Int)
    }

    package let quantity: Quantity
    package let value: Double
    /// Step over the whole run, from zero; for a distance, the step that would have come next.
    package let step: Int
    /// The coefficient block it happened in.
    package let block: CoefficientBlock

    package init(_ quantity: Quantity, value: Double, step: Int, block: CoefficientBlock) {
        self.quantity = quantity
        self.value = value
        self.step = step
        self.block = block
    }

    package var description: String {
        let what =
            switch quantity {
            case .loss: "the held-out loss"
            case .gradient(let group): "the gradient of group \(group)"
            case .distance(let ingredient, let group):
                "the distance of ingredient \(ingredient) from the soup in group \(group)"
            }
        return """
            step \(step) (outer epoch \(block.outerEpoch), coefficient block \(block.index)): \(what) is \(value), \
            expected a finite number; check the ingredients for extreme weights or lower the learning rate
            """
    }
}
