import Checkpoints
import Traces

/// What a first look at a pool found: how every ingredient does by itself, and how far apart they lie.
package struct PoolLook: Sendable {
    /// Of every ingredient by itself, in the pool's order, with its distance from the mean.
    package let ingredients: [TraceEvaluation]
    /// Of the mean of all; nil of a pool of one.
    package let uniform: TraceEvaluation?
    /// ‖mean‖ over the parameters that are mixed.
    package let normOfMean: Double
    package let origin: CommonOrigin
    /// The share of right answers that shuffled labels would leave a sound model: Σ over classes of their share, squared.
    package let chance: Double
    /// The share of the most frequent class.
    package let mostFrequent: Double
    /// How many images are held out.
    package let heldOut: Int
    /// Those that were looked at.
    let sampled: [Int]
    /// What the ingredients answer; nil where nobody asked.
    let evidence: Evidence?
    /// What the work took; nil where an earlier run had done it.
    package let rates: LookRates?

    package var samples: Int { sampled.count }

    /// The most accurate ingredient; of equals the first.
    package var best: Int {
        var best = 0
        for index in ingredients.indices where ingredients[index].accuracy > ingredients[best].accuracy {
            best = index
        }
        return best
    }

    /// Whether all held-out images were looked at.
    var isOfAll: Bool { samples == heldOut }

    var part: TraceEvaluation.Part { ingredients[0].part }

    /// Seconds that looking took.
    package var seconds: Double { rates?.seconds ?? 0 }

    var evaluations: [TraceEvaluation] { (uniform.map { [$0] } ?? []) + ingredients }
}

/// What the look took, from which follows what the run will take.
package struct LookRates: Sendable {
    /// Of the whole look.
    var seconds = 0.0
    /// Forward passes of an image, all ranks working; the median over the ingredients.
    var perImage = 0.0
    /// What the first pass took of each image beyond that: reading and decoding it.
    var perNewImage = 0.0
    /// Reading one ingredient, each rank its slice.
    var perIngredient = 0.0
    /// Reading all of them at once.
    var perPool = 0.0
    /// Bringing the whole model to every rank.
    var perGather = 0.0
    /// Bytes a second that a rank compares in memory.
    var bytesPerSecond = Double.infinity
}
