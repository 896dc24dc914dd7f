import Foundation
import Soups
import Testing

@Suite struct SoupErrorTests {
    @Test(arguments: [Double.nan, .infinity])
    func aLossThatIsNotFiniteEndsTheRun(value: Double) throws {
        var quadratic = Quadratic(ingredientCount: 5, groupSizes: [2], seed: 7)
        quadratic.lossAt = (step: 170, value: value)
        var recorder = Recorder()
        let error = try #require(throws: SoupError.self) {
            _ = try HyperplaneLearnerTests.learn(
                &quadratic,
                HyperplaneLearnerTests.settings(blockSize: 2, outerEpochs: 1),
                &recorder
            )
        }
        #expect(error.step == 170)
        #expect(error.quantity == .loss)
        #expect(error.block.index == 1)
        #expect(
            error.description.hasPrefix(
                "step 170 (outer epoch 0, coefficient block 1): the held-out loss is "
            )
        )
        #expect(recorder.records.count == 170)
    }

    @Test func aGradientThatIsNotFiniteEndsTheRun() throws {
        var quadratic = Quadratic(ingredientCount: 2, groupSizes: [2, 1], seed: 8, scale: [1, .nan])
        quadratic.lossAt = (step: 0, value: 1)
        var recorder = Recorder()
        let error = try #require(throws: SoupError.self) {
            _ = try HyperplaneLearnerTests.learn(
                &quadratic,
                HyperplaneLearnerTests.settings(blockSize: 2, outerEpochs: 1),
                &recorder
            )
        }
        #expect(error.step == 0)
        #expect(error.quantity == .gradient(group: 1))
    }

    @Test func weightsThatAreNotFiniteEndTheRun() throws {
        var quadratic = Quadratic(groupSizes: [1], ingredients: [[1], [.infinity]], target: [0])
        var recorder = Recorder()
        let error = try #require(throws: SoupError.self) {
            _ = try HyperplaneLearnerTests.learn(
                &quadratic,
                HyperplaneLearnerTests.settings(blockSize: 2, outerEpochs: 1),
                &recorder
            )
        }
        guard case .distance(_, group: 0) = error.quantity else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func stateIsPlainValues() throws {
        var quadratic = Quadratic(ingredientCount: 5, groupSizes: [2], seed: 7)
        quadratic.lossAt = (step: 170, value: .nan)
        var recorder = Recorder()
        var learner = HyperplaneLearner(
            settings: HyperplaneLearnerTests.settings(blockSize: 2, outerEpochs: 1),
            ingredientCount: 5,
            groupCount: 1,
            start: .firstBlockMean
        )
        _ = try? learner.run(objective: &quadratic, observer: &recorder)
        let current = try #require(learner.state.current?.paths.first)
        #expect(learner.state.blocksDone == 1)
        #expect(current.stepsDone == 20)
        #expect(current.optimizer.updates == 20)
        let saved = try JSONEncoder().encode(learner.state)
        #expect(try JSONDecoder().decode(SoupState<HyperplaneSpace>.self, from: saved) == learner.state)
    }
}
