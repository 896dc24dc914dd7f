import Kernels
import MessagePassing
import PoolSupport
import Randomness
import Soups
import Tensors
import Testing
import Threads

@testable import Sharding

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
        let copies = InputCopies(
            hosts: [""],
            ingredients: inputs.pool.ingredients.map { [$0.identities] },
            datasets: []
        )
        let shares = ParameterShares(layout, ranks: 3, bucketLength: layout.count / 4)
        #expect(shares.buckets.count >= 3)
        for slice in (0..<3).map({ shares.slice(of: $0) }) {
            let chunks = GroupedChunks(layout, groups: groups, slice: slice)
            let reading = IngredientReading(
                inputs.pool,
                layout: layout,
                chunks: chunks,
                team: Team(threads: 2),
                transport: MemoryTransport.alone(),
                shares: shares,
                senders: WeightSenders(copies, ParameterShares(layout, ranks: 1))
            )
            let slices = IngredientSlices(reading, blockSize: 3, type: type)
            try slices.begin(alpha)
            let squares = try slices.enter(block)
            var theta = [Float](repeating: .nan, count: layout.count)
            var sums = slices.noProducts()
            let own = slice.flatMap { gradient[$0.elements] }
            for bucket in shares.buckets.indices {
                slices.combine(0, displacement, bucket: bucket, into: &theta)
                slices.project(own, 0, bucket: bucket, into: &sums)
            }
            let touched = theta.indices.filter { !theta[$0].isNaN }
            #expect(touched == slice.flatMap { Array($0.elements) })
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
                    let found = Double(theta[element])
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

    @Test(arguments: [2, 3, 5, 8, 9], [700, 3000, 1_000_000])
    func reductionIsThePlainSum(ranks: Int, bucketLength: Int) throws {
        let layout = ParameterLayout([("a", [70, 1000], "a"), ("b", [3], "b")])
        let shares = ParameterShares(layout, ranks: ranks, bucketLength: bucketLength)
        let contributes = (0..<ranks).map { $0 < 8 && $0 != 1 }
        // Small whole numbers, whose float32 sum is exact in any order.
        @Sendable func value(_ rank: Int, _ element: Int) -> Float { Float((rank * 31 + element * 7) % 1000) }
        let outcomes = MemoryTransport.run(ranks: ranks) { transport in
            var partial = (0..<layout.count).map { value(transport.rank, $0) }
            let reduction = GradientReduction(
                transport,
                ExchangeQueue(transport),
                tree: SummationTree(leaves: 8),
                slices: shares
            )
            try partial.withUnsafeMutableBufferPointer { buffer in
                let start = contributes[transport.rank] ? buffer.baseAddress : nil
                let pending = shares.buckets.indices.reversed().map {
                    reduction.begin($0, start, contributes: contributes)
                }
                for exchange in pending { try exchange.finish() }
            }
            return (Array(reduction.slice), transport.bytesSent)
        }
        for (rank, outcome) in outcomes.enumerated() {
            let (sum, sent) = try outcome.get()
            for (index, element) in shares.slice(of: rank).map(\.elements).joined().enumerated() {
                let expected = (0..<ranks).filter { contributes[$0] }.map { value($0, element) }.reduce(0, +)
                if sum[index] != expected { Issue.record("rank \(rank), element \(element)") }
            }
            #expect(sent == (contributes[rank] ? 4 * (layout.count - shares.count(of: rank)) : 0))
        }
    }
}
