import Soups
import Testing

/// Soups that are learned side by side, and their mean.
@Suite struct FoldTests {
    static func folded(_ folds: Int, blockSize: Int) -> SoupSettings {
        var settings = HyperplaneLearnerTests.settings(blockSize: blockSize, outerEpochs: 2)
        settings.epochs = 2
        settings.folds = folds
        return settings
    }

    /// A pool whose folds pull towards different soups.
    static func quadratic(folds: Int) -> Quadratic {
        var quadratic = Quadratic(ingredientCount: 5, groupSizes: [3, 2], seed: 5)
        quadratic.foldTargets = (0..<folds).map { fold in
            quadratic.target.map { $0 + 0.1 * Double(fold) }
        }
        return quadratic
    }

    /// Each fold goes the very way of a run by itself on what it may see: nothing of one reaches another, not even where
    /// one coefficient block's end is the next one's centre.
    @Test(arguments: [5, 2, 1]) func everyFoldIsARunByItself(blockSize: Int) throws {
        let folds = 3
        let settings = Self.folded(folds, blockSize: blockSize)
        var quadratic = Self.quadratic(folds: folds)
        var recorder = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder)
        var alone: [CoefficientMatrix] = []
        for fold in 0..<folds {
            var single = Self.quadratic(folds: folds)
            single.foldTargets = [single.foldTargets[fold]]
            var own = Recorder()
            let start = SoupStart.mean(of: [0, 1, 2, 3, 4])
            alone.append(
                try HyperplaneLearnerTests.learn(
                    &single,
                    Self.folded(1, blockSize: blockSize),
                    &own,
                    start: start
                )
            )
            let records = recorder.records.filter { $0.step.fold == fold }
            #expect(records.map(\.gradient) == own.records.map(\.gradient))
            #expect(records.map(\.alpha) == own.records.map(\.alpha))
            #expect(records.map(\.learningRate) == own.records.map(\.learningRate))
            #expect(
                recorder.entries.filter { $0.fold == fold }.map(\.distances) == own.entries.map(\.distances)
            )
        }
        for index in alpha.values.indices {
            let mean = alone.map { $0.values[index] }.reduce(0, +) / Double(folds)
            #expect(abs(alpha.values[index] - mean) < 1e-15 * max(1, abs(mean)))
        }
        #expect(isClose(alpha.columnSums, [1, 1], atol: 1e-12))
        #expect(alone[0] != alone[1])
    }

    @Test func whatComesNextIsSaidBefore() throws {
        var quadratic = Self.quadratic(folds: 2)
        var recorder = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(&quadratic, Self.folded(2, blockSize: 2), &recorder)
        #expect(alpha.rows == 5 && quadratic.entered.count == 6)
        #expect(quadratic.upcomings == quadratic.entered.dropFirst().map { $0 } + [nil])
    }

    @Test func stepsAreNumberedThroughAllFolds() throws {
        let settings = Self.folded(2, blockSize: 2)
        var quadratic = Self.quadratic(folds: 2)
        var recorder = Recorder()
        _ = try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder)
        let learner = HyperplaneLearner(
            settings: settings,
            ingredientCount: 5,
            groupCount: 2,
            start: .firstBlockMean
        )
        #expect(recorder.records.map(\.step.step) == Array(0..<learner.totalSteps))
        #expect(recorder.entries.map(\.fold) == Array(repeating: [0, 1], count: 6).flatMap { $0 })
        #expect(recorder.entries.map(\.block.index) == [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2])
    }

    /// Columns that sum to one do so all the way.
    @Test func theWayBetweenTwoSoupsLiesOnTheHyperplane() {
        let best = CoefficientMatrix(rows: 2, columns: 2, values: [1, 1, 0, 0])
        let learned = CoefficientMatrix(rows: 2, columns: 2, values: [-0.5, 0.25, 1.5, 0.75])
        #expect(best.onTheWay(to: learned, 0) == best && best.onTheWay(to: learned, 1) == learned)
        #expect(best.onTheWay(to: learned, 0.5).values == [0.25, 0.625, 0.75, 0.375])
        #expect(isClose(best.onTheWay(to: learned, 0.3).columnSums, [1, 1], atol: 1e-15))
    }
}
