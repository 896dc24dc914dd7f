import Datasets
import Graphs
import Soups

/// The held-out loss of a pool's soup, computed by all ranks: what the soup learner learns on.
final class PoolObjective: SoupObjective {
    let coordinator: Coordinator
    /// Which samples make a batch, as places in `learning`.
    private let order: BatchOrder
    /// The samples of the held-out data that are learned on.
    private let learning: [Int]
    private var hasEntered = false
    private var blockSize = 0
    /// The samples of the last step.
    private(set) var samples: [Int] = []
    /// What the last look at the monitor found.
    private(set) var monitored = LossSum.zero
    /// When the last step's gradient was whole: what follows is the update.
    private(set) var evaluated = ContinuousClock.now

    init(_ coordinator: Coordinator, order: BatchOrder, learning: [Int]) {
        precondition(order.sampleCount == learning.count)
        self.coordinator = coordinator
        self.order = order
        self.learning = learning
    }

    func enter(_ block: CoefficientBlock, alpha: CoefficientMatrix) throws -> CoefficientMatrix {
        try coordinator.give(.enter(ingredients: block.ingredients, alpha: hasEntered ? nil : alpha))
        hasEntered = true
        blockSize = block.ingredients.count
        var distances = try coordinator.groupSums(width: blockSize)
        for index in distances.values.indices { distances.values[index].formSquareRoot() }
        return distances
    }

    func evaluate(
        _ step: SoupStep,
        displacement: CoefficientMatrix,
        temperature: Double
    ) throws -> SoupEvaluation {
        samples = order.batch(epoch: step.runningEpoch, index: step.batch).map { learning[$0] }
        try coordinator.give(
            .step(
                number: step.step,
                displacement: displacement,
                temperature: temperature,
                samples: samples
            )
        )
        let sums = try coordinator.groupSums(width: blockSize + 1)
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

    func monitor(displacement: CoefficientMatrix) throws -> SoupScore {
        try coordinator.give(.combine(displacement: displacement))
        monitored = try coordinator.tally(0, .monitor)
        return SoupScore(monitored)
    }

    func settle(displacement: CoefficientMatrix) throws {
        try coordinator.give(.settle(displacement: displacement))
    }
}

extension SoupScore {
    init(_ sum: LossSum) {
        self.init(loss: sum.meanLoss, accuracy: sum.accuracy)
    }
}
