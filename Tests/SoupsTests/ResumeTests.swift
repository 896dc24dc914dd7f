import Foundation
import Testing

@testable import Soups

/// A learner that was interrupted goes on as if it had not been.
@Suite struct ResumeTests {
    /// Two outer epochs of pairs with one left over and a monitor; interrupted wherever that is possible.
    @Test(arguments: [1, 3]) func interruptedAnywhereItComesToTheSame(folds: Int) throws {
        var settings = SoupSettings(batchesPerEpoch: 2)
        settings.blockSize = 2
        settings.outerEpochs = 2
        settings.epochs = 2
        settings.monitorEvery = 2
        settings.folds = folds
        var quadratic = Quadratic(ingredientCount: 3, groupSizes: [2, 1], seed: 1)
        var whole = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(&quadratic, settings, &whole)
        // Each fold enters and takes four steps, then all is settled: four coefficient blocks of these.
        #expect(whole.states.count == 4 * (folds * 5 + 1))
        for place in 1...whole.states.count {
            var quadratic = Quadratic(ingredientCount: 3, groupSizes: [2, 1], seed: 1)
            var recorder = Recorder()
            recorder.interruptedAt = place
            #expect(throws: Recorder.Interruption.self) {
                try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder)
            }
            let saved = try JSONEncoder().encode(
                try #require(recorder.states.last as? SoupState<HyperplaneSpace>)
            )
            let state = try JSONDecoder().decode(SoupState<HyperplaneSpace>.self, from: saved)
            let sampler = CyclicSampler(ingredientCount: 3, blockSize: 2, seed: settings.seed)
            #expect(state.isSound(ingredients: 3, groups: 2, settings: settings, sampler: sampler))
            var learner = HyperplaneLearner(settings: settings, sampler: sampler, resuming: state)
            recorder.interruptedAt = 0
            let resumed = try learner.run(objective: &quadratic, observer: &recorder)
            #expect(resumed == alpha)
            #expect(recorder.records == whole.records)
            #expect(recorder.looks == whole.looks)
            #expect(recorder.entries.count == whole.entries.count)
        }
    }

    /// No file can make the learner trap: whatever does not belong to the run is noticed before.
    @Test func statesThatCannotBeAreNotSound() throws {
        var settings = SoupSettings(batchesPerEpoch: 2)
        settings.blockSize = 2
        settings.epochs = 2
        let sampler = CyclicSampler(ingredientCount: 3, blockSize: 2, seed: settings.seed)
        var quadratic = Quadratic(ingredientCount: 3, groupSizes: [2, 1], seed: 1)
        var recorder = Recorder()
        _ = try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder)
        typealias State = SoupState<HyperplaneSpace>
        let state = try #require(recorder.states[2] as? State)
        func isSound(_ change: (inout State) -> Void) -> Bool {
            var state = state
            change(&state)
            return state.isSound(ingredients: 3, groups: 2, settings: settings, sampler: sampler)
        }
        #expect(isSound { _ in })
        #expect(!isSound { $0.alphas[0] = CoefficientMatrix(rows: 2, columns: 2) })
        #expect(!isSound { $0.alphas[0].values[0] = .nan })
        #expect(!isSound { $0.alphas[0].values.removeLast() })
        #expect(!isSound { $0.blocksDone = 2 })
        #expect(!isSound { $0.blocksDone = -1 })
        #expect(!isSound { $0.temperatures[0] = .infinity })
        #expect(!isSound { $0.current?.paths[0].stepsDone = 5 })
        #expect(!isSound { $0.current?.paths[0].parameters.removeLast() })
        #expect(!isSound { $0.current?.paths[0].optimizer = AdamW(count: 1, weightDecay: 0) })
        #expect(
            !isSound {
                $0.current?.paths[0].kept = .init(parameters: [], score: SoupScore(loss: 0, accuracy: 0))
            }
        )
        #expect(!isSound { $0.alphas.append($0.alphas[0]) })
        #expect(!isSound { $0.temperatures = [] })
        #expect(!isSound { $0.current?.paths = [] })
        let paths = try #require(state.current?.paths)
        #expect(!isSound { $0.current?.paths = paths + paths })
        #expect(!state.isSound(ingredients: 4, groups: 2, settings: settings, sampler: sampler))
        #expect(!state.isSound(ingredients: 3, groups: 1, settings: settings, sampler: sampler))
    }
}
