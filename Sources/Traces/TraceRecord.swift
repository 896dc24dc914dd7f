/// One record of a trace file; `proto/trace.proto` is the format.
///
/// Matrices "ingredients × groups" are flat arrays, ingredient after ingredient: the value of ingredient k (its place
/// in the list) and group l, of G, stands at k·G + l.
package enum TraceRecord: Sendable, Equatable {
    case header(TraceHeader)
    case coefficientBlock(TraceCoefficientBlock)
    case step(TraceStep)
    case footer(TraceFooter)
    case ranksHeader(TraceRanksHeader)
    case rankStep(TraceRankStep)
    case evaluation(TraceEvaluation)
}

/// The facts of the whole run.
package struct TraceHeader: Sendable, Equatable {
    package struct Group: Sendable, Equatable {
        package var name: String
        /// Number of parameters that share one coefficient per ingredient.
        package var parameters: Int

        package init(name: String, parameters: Int) {
            self.name = name
            self.parameters = parameters
        }
    }

    package struct Option: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var programVersion: String
    package var method: String
    package var granularity: String
    package var seed: UInt64
    /// All M ingredients of the pool.
    package var ingredients: [String]
    /// All G groups.
    package var groups: [Group]
    /// The options that shape the result, resolved; not those that only say where and on how many cores.
    package var options: [Option]

    package init(
        programVersion: String,
        method: String,
        granularity: String,
        seed: UInt64,
        ingredients: [String],
        groups: [Group],
        options: [Option]
    ) {
        self.programVersion = programVersion
        self.method = method
        self.granularity = granularity
        self.seed = seed
        self.ingredients = ingredients
        self.groups = groups
        self.options = options
    }
}

/// A coefficient block begins: stands right before its first step.
package struct TraceCoefficientBlock: Sendable, Equatable {
    package var outerEpoch: Int
    /// Its place in the outer epoch, from 0.
    package var index: Int
    /// Places in the header's list.
    package var ingredients: [Int]
    /// ‖w − c‖ at the block's start, these ingredients × groups.
    package var norms: [Double]
    /// The fold whose soup goes through it in the steps that follow, from 0.
    package var fold: Int

    package init(outerEpoch: Int, index: Int, ingredients: [Int], norms: [Double], fold: Int = 0) {
        self.outerEpoch = outerEpoch
        self.index = index
        self.ingredients = ingredients
        self.norms = norms
        self.fold = fold
    }
}

/// One step of learning.
package struct TraceStep: Sendable, Equatable {
    /// From 0, over the whole run.
    package var number: Int
    package var outerEpoch: Int
    package var coefficientBlock: Int
    package var innerEpoch: Int
    package var batch: Int
    /// The α at which the gradient was taken: the coefficient block's ingredients × groups.
    package var alpha: [Double]
    /// ∂L/∂α, of the same shape.
    package var gradient: [Double]
    /// Mean over the batch.
    package var loss: Double
    /// Share of the batch that was right, 0…1.
    package var accuracy: Double
    package var learningRate: Double
    /// Norm of the model's gradient before clipping.
    package var gradientNorm: Double
    package var samples: [Int]
    /// Places in the header's groups, ascending: those whose gradient counted as zero.
    package var stillGroups: [Int]
    /// What the logits were multiplied by.
    package var temperature: Double

    package init(
        number: Int,
        outerEpoch: Int,
        coefficientBlock: Int,
        innerEpoch: Int,
        batch: Int,
        alpha: [Double],
        gradient: [Double],
        loss: Double,
        accuracy: Double,
        learningRate: Double,
        gradientNorm: Double,
        samples: [Int],
        stillGroups: [Int] = [],
        temperature: Double = 1
    ) {
        self.number = number
        self.outerEpoch = outerEpoch
        self.coefficientBlock = coefficientBlock
        self.innerEpoch = innerEpoch
        self.batch = batch
        self.alpha = alpha
        self.gradient = gradient
        self.loss = loss
        self.accuracy = accuracy
        self.learningRate = learningRate
        self.gradientNorm = gradientNorm
        self.samples = samples
        self.stillGroups = stillGroups
        self.temperature = temperature
    }
}

/// What the run came to.
package struct TraceFooter: Sendable, Equatable {
    /// All M ingredients × groups.
    package var alpha: [Double]
    package var heldOutAccuracy: Double
    package var heldOutLoss: Double
    /// What the logits are to be multiplied by.
    package var temperature: Double

    package init(
        alpha: [Double],
        heldOutAccuracy: Double,
        heldOutLoss: Double,
        temperature: Double = 1
    ) {
        self.temperature = temperature
        self.alpha = alpha
        self.heldOutAccuracy = heldOutAccuracy
        self.heldOutLoss = heldOutLoss
    }
}
