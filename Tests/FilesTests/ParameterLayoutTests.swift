import Tensors
import Testing

@Suite struct ParameterLayoutTests {
    private let layout = ParameterLayout([
        ("a.weight", [100, 131], "a"), ("a.bias", [100], "a"), ("b.weight", [3, 4096], "b"),
        ("none", [0, 7], "b"),
        ("scale", [], "scale"), ("c", [8193], "c"),
    ])

    @Test func parametersFollowEachOther() {
        #expect(layout.count == 13_100 + 100 + 12_288 + 0 + 1 + 8193)
        var end = 0
        for parameter in layout.parameters {
            #expect(parameter.range.lowerBound == end)
            end = parameter.range.upperBound
        }
        #expect(end == layout.count)
    }

    @Test func chunksStayInsideTheirParameter() {
        #expect(layout.chunks.map(\.range).joined().elementsEqual(0..<layout.count))
        for chunk in layout.chunks {
            let parameter = layout.parameters[chunk.parameter].range
            #expect(chunk.range.clamped(to: parameter) == chunk.range)
            #expect((1...4096).contains(chunk.range.count))
        }
    }

    @Test(arguments: Array(1...20) + [100], [1, 5000, 9000, 40_000, nil])
    func sharesCoverEverythingOnce(ranks: Int, bucketLength: Int?) {
        let shares = ParameterShares(layout, ranks: ranks, bucketLength: bucketLength)
        #expect(shares.buckets.map(\.chunks).joined().elementsEqual(layout.chunks.indices))
        #expect(shares.parts.joined().map(\.chunks).joined().elementsEqual(layout.chunks.indices))
        #expect(shares.parts.joined().map(\.elements).joined().elementsEqual(0..<layout.count))
        for (bucket, parts) in zip(shares.buckets, shares.parts) {
            #expect(parts.count == ranks)
            #expect(parts.map(\.elements).joined().elementsEqual(bucket.elements))
        }
        for rank in 0..<ranks {
            let runs = shares.slice(of: rank)
            #expect(runs.map(\.elements.count).reduce(0, +) == shares.count(of: rank))
            for run in runs {
                #expect(run.elements.count == layout.chunks[run.chunks].reduce(0) { $0 + $1.range.count })
            }
            // Off by at most half a chunk at either end, over all buckets.
            #expect(abs(shares.count(of: rank) - layout.count / ranks) <= ParameterLayout.chunkLength + 1)
        }
    }

    /// Of one length but for the last, to a chunk, whatever the ranks.
    @Test func bucketsDependOnShapesAlone() {
        let shares = (1...4).map { ParameterShares(layout, ranks: $0, bucketLength: 9000) }
        #expect(shares[0].buckets.count == 3)
        for other in shares { #expect(other.buckets == shares[0].buckets) }
        for bucket in shares[0].buckets.dropLast() {
            #expect((9000..<9000 + ParameterLayout.chunkLength).contains(bucket.elements.count))
        }
        #expect(ParameterShares(layout, ranks: 2).buckets.count == 1)
        let large = ParameterLayout((0..<40).map { ("\($0)", [1 << 19], "") })
        #expect((14...16).contains(ParameterShares(large, ranks: 2).buckets.count))
    }

    @Test func nothingCanBeSharedToo() {
        let empty = ParameterShares(ParameterLayout([]), ranks: 3)
        #expect((0..<3).allSatisfy { empty.count(of: $0) == 0 })
    }

    @Test func buffersAreZeroAndAligned() {
        let buffer = AlignedBuffer<Float>(count: 5000)
        #expect(buffer.elements.allSatisfy { $0 == 0 })
        #expect(Int(bitPattern: buffer.base) % 4096 == 0)
        #expect(buffer.byteCount == 20_000)
        buffer[10..<20].update(repeating: 3)
        #expect(buffer.elements.reduce(0, +) == 30)
        #expect(AlignedBuffer<Float>(count: 0).elements.isEmpty)
    }
}
