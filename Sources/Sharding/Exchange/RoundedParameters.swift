import Graphs
import Kernels
import Tensors
import Threads

/// The combined model in bfloat16, as products in bfloat16 read it: half the bytes on their way between ranks.
package final class RoundedParameters {
    private let buffer: AlignedBuffer<UInt16>
    /// By bucket, what is read in float32 nevertheless: all but the products' weights.
    private let widened: [[Range<Int>]]

    package init(_ graph: Graph, _ slices: ParameterShares) {
        buffer = AlignedBuffer(count: graph.layout.count)
        let ranges = graph.unroundedRanges
        widened = slices.buckets.map { bucket in
            ranges.map { $0.clamped(to: bucket.elements) }.filter { !$0.isEmpty }
        }
    }

    package var base: UnsafePointer<UInt16> { UnsafePointer(buffer.base) }

    package var byteCount: Int { buffer.byteCount }

    var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(buffer.elements) }

    /// Rounds some elements of `parameters`.
    func round(_ elements: Range<Int>, of parameters: UnsafePointer<Float>, on team: Team) {
        team.run(elements.count, by: 1 << 15) { part in
            let start = elements.lowerBound + part.lowerBound
            roundToBFloat16(count: part.count, parameters + start, into: buffer.base + start)
        }
    }

    /// Gives a bucket of `parameters`, but for the products' weights, the rounded values: the same on any number of ranks.
    func widen(_ bucket: Int, into parameters: UnsafeMutablePointer<Float>) {
        for range in widened[bucket] {
            let (input, output) = (buffer.base + range.lowerBound, parameters + range.lowerBound)
            widenBFloat16(count: range.count, input, into: output)
        }
    }
}
