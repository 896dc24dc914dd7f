import Soups
import Testing

/// Coefficient blocks in a given order.
private struct ListedBlocks: CoefficientSampler {
    let blocks: [[Int]]

    var blocksPerOuterEpoch: Int { blocks.count }

    func block(outerEpoch: Int, index: Int) -> CoefficientBlock {
        CoefficientBlock(outerEpoch: outerEpoch, index: index, ingredients: blocks[index])
    }
}

@Suite struct PyTorchSoupTests {
    /// Two groups, two coefficient blocks, clipping and weight decay: α step by step, as autograd and torch.optim have it.
    @Test func everyStepIsPyTorchs() throws {
        var quadratic = Quadratic(
            groupSizes: [2, 1],
            ingredients: [[2, -1, 0.5], [0, 1.5, 1], [-1, 0.25, -2]],
            target: [3, 1, -0.5],
            scale: [1, 2]
        )
        var settings = SoupSettings(batchesPerEpoch: 3)
        settings.epochs = 2
        settings.learningRate = 0.05
        settings.weightDecay = 0.1
        settings.warmup = 1.0 / 3
        var learner = SoupLearner<HyperplaneSpace, ListedBlocks>(
            settings: settings,
            sampler: ListedBlocks(blocks: [[2, 0], [1]]),
            alpha: CoefficientMatrix(rows: 3, columns: 2, repeating: 1.0 / 3)
        )
        var recorder = Recorder()
        _ = try learner.run(objective: &quadratic, observer: &recorder)

        #expect(recorder.settled.count == 2)
        for (block, settled) in recorder.settled.enumerated() {
            #expect(isClose(settled.values, soupCoefficients[6 * block + 5], rtol: 1e-12))
        }
        // A record holds α before its step, of the coefficient block's ingredients.
        for (index, record) in recorder.records.enumerated() where index > 0 && index != 6 {
            let before = CoefficientMatrix(rows: 3, columns: 2, values: soupCoefficients[index - 1])
            #expect(
                isClose(record.alpha.values, before.rows(of: record.block.ingredients).values, rtol: 1e-12)
            )
        }
    }
}
