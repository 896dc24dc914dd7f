import Diagnostics
import Foundation
import Tensors

/// Squared norms that tell at which angles the ingredients of a pool lie: of some parameters, or of all.
package struct PoolSquares: Sendable, Equatable {
    /// ‖w[k]‖² of each ingredient.
    package var norms: [Double]
    /// ‖w[k] − mean‖².
    package var fromMean: [Double]
    /// ‖mean‖².
    package var mean: Double

    package init(norms: [Double], fromMean: [Double], mean: Double) {
        self.norms = norms
        self.fromMean = fromMean
        self.mean = mean
    }

    package mutating func add(_ other: PoolSquares) {
        for index in norms.indices {
            norms[index] += other.norms[index]
            fromMean[index] += other.fromMean[index]
        }
        mean += other.mean
    }

    /// The cosine of the angle between each ingredient and the others, weighted with their norms: near 1 where all are
    /// small steps from one model, near 0 where they share nothing; nil where one side is zero.
    ///
    /// ⟨w[k], Σⱼ≠ₖ w[j]⟩ / (‖w[k]‖·Σⱼ≠ₖ ‖w[j]‖), by ⟨w[k], mean⟩ = (‖w[k]‖² + ‖mean‖² − ‖w[k] − mean‖²)/2.
    package var cosines: [Double?] {
        let lengths = norms.map { max($0, 0).squareRoot() }
        let total = lengths.reduce(0, +)
        return norms.indices.map { index in
            let others = total - lengths[index]
            guard lengths[index] > 0, others > 0 else { return nil }
            let withMean = (norms[index] + mean - fromMean[index]) / 2
            let withOthers = Double(norms.count) * withMean - norms[index]
            return min(max(withOthers / (lengths[index] * others), -1), 1)
        }
    }
}

/// Whether the ingredients of a pool seem to come from one pretrained model, by the angles between them.
///
/// Fine-tuning moves a model by less than its own length, so that ingredients of one origin lie at small angles;
/// networks that were trained from random weights of their own lie at right angles, whatever they learned.
package struct CommonOrigin: Sendable, Equatable {
    /// Ingredients beyond this angle (its cosine) share less than half of what they are.
    static let least = 0.5

    /// The median cosine of all ingredients with the others, over all matrices; nil where nothing can be said.
    package let cosine: Double?
    /// Ingredients that lie apart while the others lie together, in the pool's order.
    package let strangers: [Int]
    /// Matrices in which the ingredients lie apart although they share the others, as heads that were started anew.
    package let tensors: [String]

    /// * `squares`: of every parameter of the layout
    package init(_ layout: ParameterLayout, _ squares: [PoolSquares]) {
        // Vectors say little: a norm's weights lie near 1 in any network, a bias near 0.
        let matrices = zip(layout.parameters, squares).filter { parameter, squares in
            parameter.shape.count { $0 > 1 } > 1 && parameter.range.count >= 64 && squares.mean > 0
        }
        guard let first = matrices.first?.1, first.norms.count > 1 else {
            (cosine, strangers, tensors) = (nil, [], [])
            return
        }
        var sum = first
        for (_, squares) in matrices.dropFirst() { sum.add(squares) }
        // One that has grown far beyond the others, as by diverging, says nothing of where they come from.
        let lengths = sum.norms.sorted()
        guard let longest = lengths.last, longest <= 4 * lengths[0] else {
            (cosine, strangers, tensors) = (nil, [], [])
            return
        }
        let cosines = sum.cosines
        let median = Self.median(cosines.compactMap { $0 })
        cosine = median
        strangers =
            median < Self.least
            ? [] : cosines.indices.filter { (cosines[$0] ?? 0) < Self.least * median && cosines.count > 2 }
        tensors =
            median < Self.least || !strangers.isEmpty
            ? []
            : matrices.filter { Self.median($1.cosines.compactMap { $0 }) < Self.least }.map(\.0.name)
    }

    /// Whether the pool as a whole seems to have no common origin.
    package var isMissing: Bool { cosine.map { $0 < Self.least } ?? false }

    /// Lines that say what looks wrong.
    ///
    /// * `names`: of the ingredients
    /// * `weight`: of what makes a mean of the ingredients useless
    package func doubts(_ names: [String], weight: Doubt.Weight) -> [Doubt] {
        guard let cosine else { return [] }
        let angle = Self.degrees(cosine)
        if isMissing {
            let text =
                "these \(names.count) ingredients do not seem to share a pretrained model: they lie at angles of "
                + "\(angle)° to each other, where fine-tuned copies of one model lie below 60°; check that all "
                + "were fine-tuned from the same weights"
            return [Doubt(weight, text)]
        }
        var doubts = strangers.map { index in
            Doubt(
                weight,
                "\(names[index]) does not seem to share a pretrained model with the others, which lie at angles of "
                    + "\(angle)° to each other and far from it; check where it comes from, or leave it out"
            )
        }
        if !tensors.isEmpty {
            let some = tensors.prefix(4).joined(separator: ", ") + (tensors.count > 4 ? ", …" : "")
            let text =
                "the ingredients do not seem to share a start in \(some), where they lie beyond 60° of each other, "
                + "although they do elsewhere (\(angle)°): heads that were started anew in each run do not mix; check "
                + "that all runs began with the same ones"
            doubts.append(Doubt(.warning, text))
        }
        return doubts
    }

    private static func degrees(_ cosine: Double) -> Int { Int((acos(cosine) * 180 / .pi).rounded()) }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 1 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
