import Graphs
import Kernels
import MessagePassing
import Tensors
import Threads

/// The combined model in bfloat16, as products in bfloat16 read it: half the bytes on their way between ranks.
package final class RoundedParameters {
    private let transport: any Transport
    private let slices: [ParameterLayout.Slice]
    private let team: Team
    private let buffer: AlignedBuffer<UInt16>
    /// What is read in float32 nevertheless: all but the products' weights.
    private let widened: [Range<Int>]

    package init(_ graph: Graph, _ transport: any Transport, _ slices: [ParameterLayout.Slice], _ team: Team)
    {
        self.transport = transport
        self.slices = slices
        self.team = team
        buffer = AlignedBuffer(count: graph.layout.count)
        widened = graph.unroundedRanges.flatMap { range in
            stride(from: range.lowerBound, to: range.upperBound, by: Self.tile).map {
                $0..<min($0 + Self.tile, range.upperBound)
            }
        }
    }

    private static let tile = 1 << 15

    package var base: UnsafePointer<UInt16> { UnsafePointer(buffer.base) }

    package var byteCount: Int { buffer.byteCount }

    /// Rounds this rank's slice of `parameters` and gathers all slices.
    ///
    /// `parameters` becomes whole but for the products' weights, and as rounded on every rank: the same on any number of
    /// them.
    package func gather(into parameters: UnsafeMutablePointer<Float>) throws {
        let own = slices[transport.rank].elements
        team.run(own.count, by: Self.tile) { part in
            let start = own.lowerBound + part.lowerBound
            roundToBFloat16(count: part.count, parameters + start, into: buffer.base + start)
        }
        let bytes = UnsafeMutableRawBufferPointer(start: buffer.base, count: buffer.byteCount)
        try transport.allGather(
            bytes,
            parts: slices.map { $0.elements.lowerBound * 2..<$0.elements.upperBound * 2 }
        )
        team.run(widened.count) { index in
            let range = widened[index]
            let (input, output) = (buffer.base + range.lowerBound, parameters + range.lowerBound)
            widenBFloat16(count: range.count, input, into: output)
        }
    }
}
