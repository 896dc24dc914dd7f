import Coordination
import Datasets
import Graphs
import Soups

/// The held-out loss of a pool's soup, computed by all ranks: what the soup learner learns on.
final class PoolObjective: SoupObjective {
    let coordinator: Coordinator
    /// By fold, which samples make a batch, as places in `learning`.
    private let orders: [BatchOrder]
    /// By fold, the samples of the held-out data that are learned on.
    private let learning: [[Int]]
    private var hasEntered = false
    /// How the centre came about, for a run that takes this one up.
    private(set) var centre: CentreHistory
    private var entered: [Int] = []
    private var blockSize: Int { entered.count }
    /// The samples of the last step.
    private(set) var samples: [Int] = []
    /// What the last look at the monitor found.
    private(set) var monitored = LossSum.zero
    /// When the last step's gradient was whole: what follows is the update.
    private(set) var evaluated = ContinuousClock.now

    /// * `centre`: how an interrupted run's centre came about
    init(_ coordinator: Coordinator, _ settings: LearnSettings, centre: CentreHistory? = nil) {
        self.coordinator = coordinator
        learning = coordinator.worker.heldOut.learningByFold
        orders = learning.enumerated().map { fold, samples in
            BatchOrder(
                sampleCount: samples.count,
                batchSize: settings.batchSize,
                seed: settings.seed,
                fold: fold
            )
        }
        self.centre = centre ?? CentreHistory()
    }

    func enter(
        _ block: CoefficientBlock,
        upcoming: CoefficientBlock?,
        alphas: [CoefficientMatrix]
    ) throws -> [CoefficientMatrix] {
        if centre.start == nil { centre.start = CoefficientMatrix(stacking: alphas) }
        if !hasEntered {
            for step in centre.settled {
                try enter(step.ingredients)
                try coordinator.give(.settle(displacement: step.displacements))
            }
        }
        try enter(block.ingredients, upcoming: upcoming?.ingredients ?? [])
        var distances = coordinator.groupSums(width: learning.count * blockSize)
        for index in distances.values.indices { distances.values[index].formSquareRoot() }
        // Without a distance there is no direction: the group stays as it is.
        if let unmixed = coordinator.worker.groups.unmixed { distances.clear(unmixed) }
        return distances.parts(learning.count)
    }

    private func enter(_ ingredients: [Int], upcoming: [Int] = []) throws {
        let alpha = hasEntered ? nil : centre.start
        try coordinator.give(.enter(ingredients: ingredients, alpha: alpha, upcoming: upcoming))
        hasEntered = true
        entered = ingredients
    }

    func evaluate(
        _ step: SoupStep,
        displacement: CoefficientMatrix,
        temperature: Double
    ) throws -> SoupEvaluation {
        let (order, learning) = (orders[step.fold], learning[step.fold])
        samples = order.batch(epoch: step.runningEpoch, index: step.batch).map { learning[$0] }
        try coordinator.give(
            .step(
                number: step.step,
                fold: step.fold,
                displacement: displacement,
                temperature: temperature,
                samples: samples,
                upcoming: upcoming(after: step)
            )
        )
        var sums = coordinator.groupSums(width: blockSize + 1)
        if let unmixed = coordinator.worker.groups.unmixed { sums.clear(unmixed) }
        let loss = coordinator.sumOfReports
        let split = blockSize * sums.columns
        evaluated = .now
        return SoupEvaluation(
            score: SoupScore(loss),
            projections: CoefficientMatrix(
                rows: blockSize,
                columns: sums.columns,
                values: Array(sums.values[..<split])
            ),
            squaredGradientNorms: Array(sums.values[split...]),
            temperatureSlope: loss.temperatureSlope
        )
    }

    /// The batch of the step after `step`, where images have to be decoded; past the run's end one that never comes.
    private func upcoming(after step: SoupStep) -> [Int] {
        guard coordinator.worker.inputs.datasets[0].isDecoded else { return [] }
        let (order, learning) = (orders[step.fold], learning[step.fold])
        let isLast = step.batch + 1 == order.batchesPerEpoch
        let batch = order.batch(
            epoch: isLast ? step.runningEpoch + 1 : step.runningEpoch,
            index: isLast ? 0 : step.batch + 1
        )
        return batch.map { learning[$0] }
    }

    func monitor(fold: Int, displacement: CoefficientMatrix) throws -> SoupScore {
        try coordinator.give(.combine(fold: fold, displacement: displacement))
        monitored = try coordinator.tally(0, .monitor)
        return SoupScore(monitored)
    }

    func settle(displacements: [CoefficientMatrix]) throws {
        let displacements = CoefficientMatrix(stacking: displacements)
        try coordinator.give(.settle(displacement: displacements))
        centre.settled.append(CentreHistory.Settled(ingredients: entered, displacements: displacements))
    }
}

extension CoefficientMatrix {
    /// Sets a group's column to zero.
    fileprivate mutating func clear(_ column: Int) {
        for row in 0..<rows { self[row, column] = 0 }
    }
}

extension SoupScore {
    init(_ sum: LossSum) {
        self.init(loss: sum.meanLoss, accuracy: sum.accuracy)
    }
}
