import Foundation
import Traces

/// The first look as `metrics.json` has it, and the table of it: how every ingredient does by itself.
package struct LookTable: Codable, Sendable, Equatable {
    /// How well one model does on the images that were looked at.
    package struct Score: Codable, Sendable, Equatable {
        package let accuracy: Double
        /// The 95% interval (Wilson) of the accuracy.
        package let low: Double
        package let high: Double
        /// Nil where it is not finite.
        package let loss: Double?

        init(_ evaluation: TraceEvaluation) {
            accuracy = evaluation.accuracy
            let interval = wilsonInterval(evaluation.accuracy, count: evaluation.samples)
            (low, high) = (interval.lowerBound, interval.upperBound)
            loss = evaluation.loss.isFinite ? evaluation.loss : nil
        }
    }

    package struct Ingredient: Codable, Sendable, Equatable {
        package let name: String
        package let score: Score
        /// ‖w − mean‖.
        package let distance: Double?
        /// The same by ‖mean‖.
        package let relativeDistance: Double?
    }

    /// Images that were looked at, of all that are held out.
    package let samples: Int
    package let heldoutSamples: Int
    /// In the pool's order.
    package let ingredients: [Ingredient]
    /// The place of the most accurate.
    package let best: Int
    /// The mean of all; nil of a pool of one.
    package let uniform: Score?
    package let seconds: Double

    /// * `names`: of the ingredients
    package init(_ look: PoolLook, _ names: [String]) {
        samples = look.samples
        heldoutSamples = look.heldOut
        ingredients = zip(names, look.ingredients).map { name, found in
            Ingredient(
                name: name,
                score: Score(found),
                distance: found.distance,
                relativeDistance: found.distance.flatMap { look.normOfMean > 0 ? $0 / look.normOfMean : nil }
            )
        }
        best = look.best
        uniform = look.uniform.map { Score($0) }
        seconds = look.seconds
    }
}
