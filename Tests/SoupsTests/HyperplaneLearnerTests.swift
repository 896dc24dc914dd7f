import Soups
import Testing

@Suite struct HyperplaneLearnerTests {
    static func settings(blockSize: Int, outerEpochs: Int) -> SoupSettings {
        var settings = SoupSettings(batchesPerEpoch: 30)
        settings.blockSize = blockSize
        settings.outerEpochs = outerEpochs
        return settings
    }

    static func learn(
        _ quadratic: inout Quadratic,
        _ settings: SoupSettings,
        _ recorder: inout Recorder,
        start: SoupStart? = nil
    ) throws -> CoefficientMatrix {
        let count = quadratic.ingredients.count
        var learner = HyperplaneLearner(
            settings: settings,
            ingredientCount: count,
            groupCount: quadratic.groups.count,
            start: start ?? .mean(of: Array(0..<count))
        )
        let alpha = try learner.run(objective: &quadratic, observer: &recorder)
        #expect(learner.state.alpha == alpha)
        return alpha
    }

    /// All at once, pairs with one left over, and one by one.
    @Test(arguments: [(5, 4), (2, 40), (1, 100)], [SoupStart.firstBlockMean, .mean(of: [0, 1, 2, 3, 4])])
    func aTargetInTheAffineHullIsFound(_ blocks: (size: Int, outerEpochs: Int), start: SoupStart) throws {
        var quadratic = Quadratic(ingredientCount: 5, groupSizes: [3, 2], seed: 1)
        var recorder = Recorder()
        let settings = Self.settings(blockSize: blocks.size, outerEpochs: blocks.outerEpochs)
        let alpha = try Self.learn(&quadratic, settings, &recorder, start: start)

        #expect(isClose(quadratic.mix(alpha), quadratic.target, atol: 2e-3))
        #expect(isClose(quadratic.mix(alpha), quadratic.centres[0], atol: 1e-10))
        for settled in recorder.settled {
            #expect(isClose(settled.columnSums, [1, 1], atol: 1e-12))
        }
        let firstLoss = try #require(recorder.records.first).score.loss
        #expect(quadratic.loss(of: quadratic.centres[0]) < 1e-5 * firstLoss)
    }

    @Test func everyStepKnowsItsPlace() throws {
        var quadratic = Quadratic(ingredientCount: 5, groupSizes: [3], seed: 2)
        var recorder = Recorder()
        var settings = Self.settings(blockSize: 2, outerEpochs: 2)
        settings.epochs = 3
        settings.batchesPerEpoch = 4
        _ = try Self.learn(&quadratic, settings, &recorder)

        let total = HyperplaneLearner(
            settings: settings,
            ingredientCount: 5,
            groupCount: 1,
            start: .firstBlockMean
        ).totalSteps
        #expect(total == 2 * 3 * 3 * 4)
        #expect(quadratic.steps.map(\.step) == Array(0..<total))
        #expect(recorder.records.map(\.step) == quadratic.steps)
        // The fourth coefficient block is the first of outer epoch 1; step 7 in it is batch 3 of epoch 1.
        let expected = SoupStep(
            step: 43,
            outerEpoch: 1,
            coefficientBlock: 0,
            stepInBlock: 7,
            epoch: 1,
            runningEpoch: 10,
            batch: 3
        )
        #expect(quadratic.steps[43] == expected)
        #expect(recorder.entries.map(\.block.ingredients.count) == [2, 2, 1, 2, 2, 1])
        #expect(quadratic.settledBlocks == 6)
        let schedule = LearningRateSchedule(peak: 0.01, steps: 12, warmup: 0.2)
        #expect(recorder.records.map(\.learningRate) == (0..<6).flatMap { _ in (0..<12).map(schedule.rate) })
    }

    /// The recorded slopes against central differences of the loss of Σα·w, away from the centre as well.
    @Test func recordedGradientsAreSlopesOfTheLoss() throws {
        var quadratic = Quadratic(ingredientCount: 4, groupSizes: [3, 2], seed: 3, scale: [1, 3])
        var recorder = Recorder()
        _ = try Self.learn(&quadratic, Self.settings(blockSize: 2, outerEpochs: 1), &recorder)
        let perBlock = recorder.records.count / 2
        for index in [0, 20, perBlock + 20] {
            let record = recorder.records[index]
            let centre = recorder.entries[index / perBlock].alpha
            // Outside the coefficient block α has only shrunk, by 1 − Σs: what the block's rows leave of one.
            var alpha = centre
            for group in 0..<2 {
                let inside = (0..<2).map { record.alpha[$0, group] }.reduce(0, +)
                let before = record.block.ingredients.map { centre[$0, group] }.reduce(0, +)
                for row in 0..<4 { alpha[row, group] *= (1 - inside) / (1 - before) }
                for (row, ingredient) in record.block.ingredients.enumerated() {
                    alpha[ingredient, group] = record.alpha[row, group]
                }
            }
            #expect(abs(quadratic.loss(of: quadratic.mix(alpha)) - record.score.loss) < 1e-12)
            for (row, ingredient) in record.block.ingredients.enumerated() {
                for group in 0..<2 {
                    let slope = centralDifference(at: alpha, of: quadratic, along: ingredient, group, centre)
                    #expect(abs(record.gradient[row, group] - slope) < 1e-7)
                }
            }
        }
    }

    /// Slope of the loss along e[ingredient] − centre, in one group.
    private func centralDifference(
        at alpha: CoefficientMatrix,
        of quadratic: Quadratic,
        along ingredient: Int,
        _ group: Int,
        _ centre: CoefficientMatrix
    ) -> Double {
        func loss(_ step: Double) -> Double {
            var moved = alpha
            for row in 0..<alpha.rows {
                moved[row, group] += step * ((row == ingredient ? 1 : 0) - centre[row, group])
            }
            return quadratic.loss(of: quadratic.mix(moved))
        }
        return (loss(1e-4) - loss(-1e-4)) / 2e-4
    }
}
