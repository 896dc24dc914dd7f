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

    @Test(arguments: Array(1...20) + [100])
    func slicesCoverEverythingOnce(ranks: Int) {
        let slices = layout.slices(ranks: ranks)
        #expect(slices.count == ranks)
        #expect(slices.map(\.chunks).joined().elementsEqual(layout.chunks.indices))
        #expect(slices.map(\.elements).joined().elementsEqual(0..<layout.count))
        for slice in slices {
            #expect(slice.elements.count == layout.chunks[slice.chunks].reduce(0) { $0 + $1.range.count })
            // Off by at most half a chunk at either end.
            #expect(abs(slice.elements.count - layout.count / ranks) <= ParameterLayout.chunkLength + 1)
        }
    }

    @Test func nothingCanBeSlicedToo() {
        let empty = ParameterLayout([])
        #expect(empty.slices(ranks: 3).allSatisfy { $0.elements.isEmpty && $0.chunks.isEmpty })
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
