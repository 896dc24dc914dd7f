import Datasets
import Soups

/// The held-out loss of a pool's soup, computed by all ranks: what the soup learner learns on.
final class PoolObjective: SoupObjective {
    let coordinator: Coordinator
    let order: BatchOrder
    private var hasEntered = false
    private var blockSize = 0
    /// The samples of the last step.
    private(set) var samples: [Int] = []
    /// When the last step's gradient was whole: what follows is the update.
    private(set) var evaluated = ContinuousClock.now

    init(_ coordinator: Coordinator, order: BatchOrder) {
        self.coordinator = coordinator
        self.order = order
    }

    func enter(_ block: CoefficientBlock, alpha: CoefficientMatrix) throws -> CoefficientMatrix {
        try coordinator.give(.enter(ingredients: block.ingredients, alpha: hasEntered ? nil : alpha))
        hasEntered = true
        blockSize = block.ingredients.count
        var distances = try coordinator.groupSums(width: blockSize)
        for index in distances.values.indices { distances.values[index].formSquareRoot() }
        return distances
    }

    func evaluate(_ step: SoupStep, displacement: CoefficientMatrix) throws -> SoupEvaluation {
        samples = order.batch(epoch: step.runningEpoch, index: step.batch)
        try coordinator.give(.step(number: step.step, displacement: displacement, samples: samples))
        let sums = try coordinator.groupSums(width: blockSize + 1)
        let loss = coordinator.sumOfReports
        let split = blockSize * sums.columns
        evaluated = .now
        return SoupEvaluation(
            loss: loss.meanLoss,
            accuracy: loss.accuracy,
            projections: CoefficientMatrix(
                rows: blockSize,
                columns: sums.columns,
                values: Array(sums.values[..<split])
            ),
            squaredGradientNorms: Array(sums.values[split...])
        )
    }

    func settle(displacement: CoefficientMatrix) throws {
        try coordinator.give(.settle(displacement: displacement))
    }
}
