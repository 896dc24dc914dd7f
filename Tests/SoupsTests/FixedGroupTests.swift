import Soups
import Testing

@Suite struct FixedGroupTests {
    /// Group 1 is the same in every ingredient, and its target is elsewhere: it has a gradient and nowhere to go.
    @Test func identicalTensorsAreFixed() throws {
        var quadratic = Quadratic(
            groupSizes: [2, 2],
            ingredients: [[1, 0, 0.1, 0.3], [0, 1, 0.1, 0.3], [1, 1, 0.1, 0.3]],
            target: [0.5, 0.25, 5, 5]
        )
        var recorder = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(
            &quadratic,
            HyperplaneLearnerTests.settings(blockSize: 3, outerEpochs: 4),
            &recorder
        )
        #expect((0..<3).allSatisfy { alpha[$0, 1] == 1.0 / 3 })
        #expect(isClose(Array(quadratic.mix(alpha)[2...]), [0.1, 0.3], atol: 1e-15))
        #expect(isClose(Array(quadratic.mix(alpha)[..<2]), [0.5, 0.25], atol: 2e-3))
        #expect(recorder.entries.allSatisfy { $0.distances[0, 1] == 0 && $0.distances[0, 0] > 0 })
    }

    @Test func aPoolOfOneModelGivesThatModel() throws {
        let weights = [0.3, -0.7, 1.1]
        var quadratic = Quadratic(
            groupSizes: [1, 2],
            ingredients: Array(repeating: weights, count: 4),
            target: [0, 0, 0]
        )
        var recorder = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(
            &quadratic,
            HyperplaneLearnerTests.settings(blockSize: 3, outerEpochs: 2),
            &recorder
        )
        #expect(alpha.values.allSatisfy { $0 == 0.25 })
        #expect(isClose(quadratic.centres[0], weights, atol: 1e-15))
    }

    @Test func duplicatesShareTheWork() throws {
        var quadratic = Quadratic(
            groupSizes: [2],
            ingredients: [[0, 0], [0, 0], [1, 0], [1, 0], [0, 1]],
            target: [0.75, 0.5]
        )
        var recorder = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(
            &quadratic,
            HyperplaneLearnerTests.settings(blockSize: 2, outerEpochs: 40),
            &recorder
        )
        #expect(alpha.values.allSatisfy { $0.isFinite })
        #expect(isClose(quadratic.mix(alpha), quadratic.target, atol: 2e-3))
        #expect(isClose(quadratic.mix(alpha), quadratic.centres[0], atol: 1e-10))
    }

    /// One ingredient that is its own centre has no direction; the next coefficient block has one.
    @Test func theFirstOfSinglesIsFixedAtItself() throws {
        var quadratic = Quadratic(ingredientCount: 3, groupSizes: [2], seed: 5)
        var recorder = Recorder()
        let settings = HyperplaneLearnerTests.settings(blockSize: 1, outerEpochs: 1)
        _ = try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder, start: .firstBlockMean)
        let first = recorder.entries[0].block.ingredients[0]
        #expect(recorder.entries[0].distances.values == [0])
        #expect((0..<3).allSatisfy { recorder.settled[0][$0, 0] == ($0 == first ? 1 : 0) })
        #expect(recorder.entries[1].distances[0, 0] > 0)
        #expect(recorder.settled[1] != recorder.settled[0])
    }

    /// A group whose gradient is noise, 1e-9 of the whole, moves by full steps of AdamW without the rule.
    @Test(arguments: [1e-6, 0])
    func aGroupWithoutAGradientStandsStill(stillness: Double) throws {
        var quadratic = Quadratic(ingredientCount: 3, groupSizes: [2, 2], seed: 6, scale: [1, 1e-9])
        var recorder = Recorder()
        var settings = HyperplaneLearnerTests.settings(blockSize: 3, outerEpochs: 1)
        settings.stillness = stillness
        settings.epochs = 1
        let alpha = try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder)
        let moved = (0..<3).contains { alpha[$0, 1] != 1.0 / 3 }
        #expect(moved == (stillness == 0))
        #expect(recorder.records.allSatisfy { $0.stillGroups == (stillness == 0 ? [] : [1]) })
        #expect((0..<3).allSatisfy { abs(alpha[$0, 0] - 1.0 / 3) > 1e-3 })
    }
}
