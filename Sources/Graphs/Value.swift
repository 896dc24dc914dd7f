import Kernels

/// A value that flows through a graph: an array of any dimensions.
package struct Value: Sendable, Equatable {
    /// Where its elements lie.
    enum Place: Sendable, Equatable {
        /// One array per sample of a micro-batch, in the arena.
        case samples
        /// These parameters of the layout, which lie side by side in the flat vector.
        case parameters(Range<Int>)
        /// Made of parameters alone, or constant: one array, made once a step, beside the arena.
        case shared
    }

    package let name: String
    /// Of one sample where there are samples.
    ///
    /// A batch of which every sample has k parts is k·batch rows: k is in the shape.
    package let shape: [Int]
    /// Whether a parameter lies upstream, so that its gradient is wanted.
    package let needsGradient: Bool
    let place: Place
    /// The value whose elements these are, in another shape; its own where it is no view.
    let storage: ValueID

    package var count: Int { shape.elementCount }

    /// All dimensions but the last, as an operator that works on rows sees them.
    package var rows: Int { shape.dropLast().elementCount }

    /// The last dimension.
    package var columns: Int { shape.last ?? 1 }

    /// Whether there is one for every sample.
    package var hasSamples: Bool { place == .samples }
}

/// What a tensor of a model is to it.
package enum ParameterRole: Sendable {
    /// Learnt.
    case weight
    /// A mean or variance that a batch norm saw; it has a gradient, too.
    case statistic
}

/// The index of a value in its graph.
package struct ValueID: Hashable, Sendable {
    let index: Int
}

/// A graph that makes no sense.
package struct GraphError: Error, CustomStringConvertible, Equatable {
    /// The value or operator where it shows.
    package let node: String
    package let text: String

    package init(_ node: String, _ text: String) {
        self.node = node
        self.text = text
    }

    package var description: String { "\(node): \(text)" }
}
