import Soups

/// What the coordinator tells every rank to do next.
package enum Order: Equatable {
    /// Read these ingredients' slices; with α (folds · pool × groups), make these mixtures the folds' centres first.
    ///
    /// `upcoming` are the ingredients of the coefficient block after it: worth fetching from disk meanwhile.
    case enter(ingredients: [Int], alpha: CoefficientMatrix?, upcoming: [Int] = [])
    /// One step of a fold at `displacement` (coefficient block × groups) on these samples of the held-out data.
    ///
    /// `temperature` multiplies the logits; `upcoming` are the samples of the step after it, where they are worth decoding
    /// ahead.
    case step(
        number: Int,
        fold: Int = 0,
        displacement: CoefficientMatrix,
        temperature: Double,
        samples: [Int],
        upcoming: [Int] = []
    )
    /// Make a fold's soup at `displacement` the parameters of every rank.
    case combine(fold: Int, displacement: CoefficientMatrix)
    /// Move each fold's centre to its soup at `displacement` (folds · coefficient block × groups).
    case settle(displacement: CoefficientMatrix)
    /// Make the mixture α (pool × groups) of all ingredients the parameters of every rank.
    case mix(alpha: CoefficientMatrix)
    /// Add an ingredient to the running sum, or begin that with it.
    case add(ingredient: Int, anew: Bool = false)
    /// Make the mean of the running sum and one more ingredient the parameters of every rank.
    case mean(with: Int)
    /// Loss and correct answers of the parameters on a data set, by its place in the run's list, and the logits where they
    /// are asked for.
    ///
    /// Only the first, the held-out data, has parts.
    case evaluate(dataset: Int, part: HeldOutPart, answers: Bool = false)
    /// Report what batch norms see of the held-out images, for the present parameters; see `StatisticsMeter`.
    case seeStatistics
    /// Make these the present parameters' statistics, one after another in the layout's order.
    case setStatistics([Float])
    /// How far the parameters are from others.
    case measure(Measure)
    /// SHA-256 of every R-th ingredient's file.
    case digest
    /// The run is over; with a failure, because of that.
    case stop(Failure?)
}

/// How models are compared that are in memory one at a time.
package enum Measure: CaseIterable {
    /// The present parameters are what those that follow are compared with.
    case keep
    /// The present parameters are compared with those.
    case compare
    /// Nothing more is compared: those are let go of.
    case forget
}

/// A failure on its way to other ranks.
package struct Failure: Equatable {
    let text: String
    /// The input is wrong (exit status 2), rather than the run (1).
    let isInput: Bool
    /// The run was asked to stop, and did (3).
    var isStop = false
}

/// What a rank's part of an order came to.
package struct Report: Equatable {
    var rank = 0
    package var host = ""
    var step = 0
    /// Per node of the trees over chunks; see proto/coordination.proto.
    var sums: [Double] = []
    var losses: [Double] = []
    var temperatureSlopes: [Double] = []
    var correct = 0
    var count = 0
    package var phaseSeconds: [Double] = []
    package var bytesSent = 0
    package var peakResidentBytes = 0
    /// Logits, samples × classes, or the statistics of this rank's batches, batch after batch.
    package var answers: [Float] = []
    var digests: [String] = []
    var failure: Failure?
    /// The signal by which the rank was asked to stop.
    var stopSignal: String?
}
