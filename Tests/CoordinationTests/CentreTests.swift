import MessagePassing
import PoolSupport
import Randomness
import Soups
import Testing

@testable import Coordination
@testable import Runs

/// Where the centre and the folds' models are after several coefficient blocks.
@Suite struct CentreTests {
    /// The centre that the learner walked to and the mixture of the final α are the same model.
    @Test func bookkeepingIsExact() throws {
        let inputs = try PoolFixture().inputs()
        let settings = PoolFixture.settings()
        let worker = Worker(MemoryTransport.alone(), inputs, settings.work(inputs))
        _ = try Coordinator.run(worker) { coordinator in
            var alpha = CoefficientMatrix(rows: 6, columns: worker.groups.count, repeating: 1.0 / 6)
            var stream = RandomStream(seed: 4)
            for (index, block) in [[0, 3, 5, 1], [2, 4], [5, 0, 1, 2]].enumerated() {
                try coordinator.give(.enter(ingredients: block, alpha: index == 0 ? alpha : nil))
                let values = (0..<block.count * alpha.columns).map { _ in stream.normal() }
                let moved = CoefficientMatrix(rows: block.count, columns: alpha.columns, values: values)
                try coordinator.give(.settle(displacement: moved))
                alpha = alpha.moved(by: moved, of: block)
            }
            let nowhere = CoefficientMatrix(rows: 4, columns: alpha.columns)
            try coordinator.give(.step(number: 0, displacement: nowhere, temperature: 1, samples: [0]))
            let walked = Array(UnsafeBufferPointer(start: worker.model, count: inputs.layout.count))
            let mixed = try coordinator.mix(alpha)
            for element in 0..<inputs.layout.count {
                let scale = max(1, abs(walked[element]))
                #expect(abs(walked[element] - mixed[element]) <= 1e-5 * scale, "element \(element)")
            }
        }
    }

    /// Two folds with centres of their own, through three coefficient blocks: each is what it would be alone.
    @Test(arguments: [1, 3]) func foldsDoNotTouchEachOther(ranks: Int) throws {
        let outcomes = MemoryTransport.run(ranks: ranks) { transport in
            let inputs = try PoolFixture().inputs()
            var settings = PoolFixture.settings()
            let blocks = [[0, 3, 5, 1], [2, 4], [5, 0, 1, 2]]
            var (squares, projections): ([[CoefficientMatrix]], [[CoefficientMatrix]]) = ([], [])
            var soups: [[Float]] = []
            for folds in [[0], [1], [0, 1]] {
                settings.folds = folds.count
                let worker = Worker(transport, inputs, settings.work(inputs))
                let columns = worker.groups.count
                _ = try Coordinator.run(worker) { coordinator in
                    let starts = folds.map { fold in
                        worker.mixture([0.3, 0.2, 0.1, 0.1, 0.1, 0.2 + Double(fold)])
                    }
                    var alpha: CoefficientMatrix? = CoefficientMatrix(stacking: starts)
                    for (index, block) in blocks.enumerated() {
                        try coordinator.give(.enter(ingredients: block, alpha: alpha))
                        alpha = nil
                        let sums = coordinator.groupSums(width: folds.count * block.count)
                        squares.append(sums.parts(folds.count))
                        let moves = folds.map { fold in
                            var stream = RandomStream(seed: UInt64(10 * index + fold))
                            let values = (0..<block.count * columns).map { _ in 0.3 * stream.normal() }
                            return CoefficientMatrix(rows: block.count, columns: columns, values: values)
                        }
                        var own: [CoefficientMatrix] = []
                        for (place, move) in moves.enumerated() {
                            try coordinator.give(
                                .step(
                                    number: 0,
                                    fold: place,
                                    displacement: move,
                                    temperature: 1,
                                    samples: Array(0..<40)
                                )
                            )
                            own.append(coordinator.groupSums(width: block.count + 1))
                            soups.append(
                                Array(UnsafeBufferPointer(start: worker.model, count: inputs.layout.count))
                            )
                        }
                        projections.append(own)
                        try coordinator.give(.settle(displacement: CoefficientMatrix(stacking: moves)))
                    }
                }
            }
            return (squares, projections, soups)
        }
        let (squares, projections, soups) = try outcomes[0].get()
        for block in 0..<3 {
            for fold in 0..<2 {
                let alone = soups[3 * fold + block]
                let together = soups[6 + 2 * block + fold]
                for (left, right) in zip(alone, together) {
                    #expect(abs(left - right) <= 1e-5 * max(1, abs(left)))
                }
                for (left, right) in zip(squares[3 * fold + block][0].values, squares[6 + block][fold].values)
                {
                    #expect(abs(left - right) <= 1e-4 * max(1e-3, abs(left)))
                }
                let own = projections[3 * fold + block][0].values
                let scale = own.map { abs($0) }.max() ?? 1
                for (left, right) in zip(own, projections[6 + block][fold].values) {
                    #expect(abs(left - right) <= 1e-3 * scale)
                }
            }
            #expect(soups[block] != soups[3 + block])
        }
    }
}
