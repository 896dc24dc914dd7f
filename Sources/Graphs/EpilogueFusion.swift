import Kernels

/// Finds the products that can do what follows them.
private struct EpilogueFusion {
    /// A product, and its place among the operators.
    struct Candidate {
        let place: Int
        var product: any ProductOperator
    }

    private let values: [Value]
    /// nil where another one does an operator's work.
    private var operators: [(any Operator)?]
    /// By storage, how often it is read.
    private var readers: [ValueID: Int]
    /// By storage, the place of the operator that makes it.
    private var makers: [ValueID: Int] = [:]

    init(_ operators: [any Operator], _ values: [Value], logits: ValueID) {
        self.operators = operators
        self.values = values
        readers = [values[logits.index].storage: 1]
        for input in operators.flatMap(\.inputs) { readers[storage(input), default: 0] += 1 }
    }

    mutating func fused() -> [any Operator] {
        for (place, follower) in operators.enumerated() {
            guard let follower else { continue }
            if var found = fused(follower) {
                found.product.output = follower.output
                operators[found.place] = nil
                operators[place] = found.product
            }
            makers[storage(follower.output)] = place
        }
        return operators.compactMap(\.self)
    }

    private func fused(_ follower: any Operator) -> Candidate? {
        switch follower {
        case let elementwise as Elementwise:
            guard var found = product(elementwise.input, for: follower) else { return nil }
            let (function, argument) = (elementwise.function, found.product.output)
            // With both a residual and an argument one array more would live at once.
            guard function.isKnownByOutput || found.product.epilogue.residual == nil else { return nil }
            found.product.epilogue.function = function
            found.product.epilogue.argument = function.isKnownByOutput ? nil : argument
            return found
        case let sum as Sum where sum.factor == 1:
            guard values[sum.left.index].shape == values[sum.right.index].shape else { return nil }
            // The later one, so that little moves past what is between.
            return [(sum.left, sum.right), (sum.right, sum.left)].compactMap { adding($1, to: $0, for: sum) }
                .max { $0.place < $1.place }
        default: return nil
        }
    }

    private func adding(_ residual: ValueID, to value: ValueID, for sum: Sum) -> Candidate? {
        guard var found = product(value, for: sum), found.product.epilogue.residual == nil,
            values[residual.index].hasSamples,
            !found.product.inputs.contains(where: { storage($0) == storage(residual) })
        else { return nil }
        found.product.epilogue.residual = residual
        return found
    }

    /// The product that makes `value` for `follower` alone, element for element.
    private func product(_ value: ValueID, for follower: any Operator) -> Candidate? {
        guard readers[storage(value)] == 1, let place = makers[storage(value)],
            let product = operators[place] as? any ProductOperator, product.epilogue.function == nil
        else { return nil }
        let (made, wanted) = (values[product.output.index], values[follower.output.index])
        guard made.hasSamples, made.needsGradient, made.columns == wanted.columns, made.count == wanted.count
        else { return nil }
        return Candidate(place: place, product: product)
    }

    private func storage(_ value: ValueID) -> ValueID { values[value.index].storage }
}

extension [any Operator] {
    /// The same graph, with sums and functions of what a product alone makes for them done by the product.
    ///
    /// What goes into them need not be stored then, but for functions whose slope their output does not tell.
    ///
    /// * `logits`: what is read when all operators have run
    func fusingEpilogues(_ values: [Value], logits: ValueID) -> [any Operator] {
        var fusion = EpilogueFusion(self, values, logits: logits)
        return fusion.fused()
    }
}
