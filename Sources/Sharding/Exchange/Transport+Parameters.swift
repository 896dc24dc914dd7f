import MessagePassing
import Tensors

extension Transport {
    /// Makes `parameters` whole on every rank, of the slice that each has.
    package func gather(_ slices: [ParameterLayout.Slice], into parameters: AlignedBuffer<Float>) throws {
        let bytes = UnsafeMutableRawBufferPointer(start: parameters.base, count: parameters.byteCount)
        try allGather(
            bytes,
            parts: slices.map { $0.elements.lowerBound * 4..<$0.elements.upperBound * 4 }
        )
    }
}
