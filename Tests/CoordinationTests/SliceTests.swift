import Checkpoints
import Graphs
import Kernels
import MessagePassing
import PoolSupport
import Randomness
import Soups
import Tensors
import Testing
import Threads

@testable import Coordination
@testable import Runs

/// Slices of ingredients against sums written out in double, and the reduction against a plain sum.
@Suite struct SliceTests {
    @Test(arguments: [SliceType.f32, .bf16]) func combineAndProject(type: SliceType) throws {
        let inputs = try PoolFixture().inputs()
        let layout = inputs.layout
        let groups = ParameterGroups(layout, granularity: .layer)
        let weights = try (0..<6).map { index in
            try [Float](unsafeUninitializedCapacity: layout.count) { buffer, count in
                if let base = buffer.baseAddress {
                    try inputs.pool.read(index, 0..<layout.count, of: layout, into: base)
                }
                count = layout.count
            }
        }
        let largest = weights.joined().map { abs(Double($0)) }.max() ?? 0
        var stream = RandomStream(seed: 2)
        let gradient = (0..<layout.count).map { _ in Float(stream.normal()) }
        let alpha = CoefficientMatrix(rows: 6, columns: groups.count, repeating: 1.0 / 6)
        let block = [4, 1, 2]
        let values = (0..<3 * groups.count).map { _ in stream.normal() }
        let displacement = CoefficientMatrix(rows: 3, columns: groups.count, values: values)
        let tolerance = type == .f32 ? 1e-6 : 4e-3
        for slice in layout.slices(ranks: 3) {
            let chunks = GroupedChunks(layout, groups: groups, slice: slice)
            let reading = IngredientReading(
                inputs.pool,
                layout: layout,
                chunks: chunks,
                team: Team(threads: 2),
                transport: MemoryTransport.alone(),
                slices: [slice],
                senders: WeightSenders(InputCopies(inputs, ranks: 1), slices: [slice])
            )
            let slices = IngredientSlices(reading, blockSize: 3, type: type)
            try slices.begin(alpha)
            let squares = try slices.enter(block)
            var theta = [Float](repeating: .nan, count: slice.elements.count)
            slices.combine(0, displacement, into: &theta)
            let sums = slices.project(Array(gradient[slice.elements]), 0)
            for (index, chunk) in chunks.chunks.enumerated() {
                var exact = [Double](repeating: 0, count: 4)
                var norms = [Double](repeating: 0, count: 3)
                for element in chunk.range {
                    let centre = (0..<6).map { Double(weights[$0][element]) / 6 }.reduce(0, +)
                    var value = centre
                    for (row, ingredient) in block.enumerated() {
                        let difference = Double(weights[ingredient][element]) - centre
                        value += displacement[row, chunk.group] * difference
                        exact[row] += difference * Double(gradient[element])
                        norms[row] += difference * difference
                    }
                    exact[3] += Double(gradient[element]) * Double(gradient[element])
                    let found = Double(theta[element - slice.elements.lowerBound])
                    #expect(abs(found - value) <= tolerance * 10, "element \(element)")
                }
                for row in 0..<3 {
                    let scale = (norms[row] * exact[3]).squareRoot()
                    // The centre is rounded to float32, and so is every difference from it.
                    let rounding = 6e-8 * largest * (Double(chunk.range.count) * exact[3]).squareRoot()
                    #expect(abs(sums[index * 4 + row] - exact[row]) <= tolerance * scale + rounding)
                    #expect(abs(squares[index * 3 + row] - norms[row]) <= 4 * tolerance * norms[row] + 1e-12)
                }
                #expect(abs(sums[index * 4 + 3] - exact[3]) <= 1e-9 * exact[3])
            }
        }
    }

    @Test(arguments: [1, 2, 3, 5, 8, 9]) func reductionIsThePlainSum(ranks: Int) throws {
        let layout = ParameterLayout([("a", [700, 1000], "a"), ("b", [3], "b")])
        let slices = layout.slices(ranks: ranks).map(\.elements)
        let tree = SummationTree(leaves: 8)
        let contributes = (0..<ranks).map { $0 < 8 && $0 != 1 }
        // Small whole numbers, whose float32 sum is exact in any order.
        @Sendable func value(_ rank: Int, _ element: Int) -> Float { Float((rank * 31 + element * 7) % 1000) }
        let outcomes = MemoryTransport.run(ranks: ranks) { transport in
            let own = slices[transport.rank]
            var partial = (0..<layout.count).map { value(transport.rank, $0) }
            var sum = [Float](repeating: .nan, count: own.count)
            let reduction = GradientReduction(transport, tree: tree, slices: slices, team: .alone)
            try partial.withUnsafeMutableBufferPointer { buffer in
                let start = contributes[transport.rank] ? buffer.baseAddress : nil
                try reduction.reduce(start, contributes: contributes, into: &sum)
            }
            return (sum, transport.bytesSent)
        }
        for (rank, outcome) in outcomes.enumerated() {
            let (sum, sent) = try outcome.get()
            for (index, element) in slices[rank].enumerated() {
                let expected = (0..<ranks).filter { contributes[$0] }.map { value($0, element) }.reduce(0, +)
                if sum[index] != expected { Issue.record("rank \(rank), element \(element)") }
            }
            #expect(sent == (contributes[rank] ? 4 * (layout.count - slices[rank].count) : 0))
        }
    }

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
