/// One trainable tensor of a model and its place in the flat parameter vector.
package struct Parameter: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    /// The layer it belongs to ("blocks.3"): the unit of layer-wise coefficients.
    package let layer: String
    /// Its elements in the flat parameter vector, in row-major order.
    package let range: Range<Int>
}

/// The flat parameter vector of a model: which tensor lies where, and the fixed chunks it is worked on in.
///
/// Sums over parameters (dot products, norms) are taken chunk by chunk and added in a fixed order, so their bits do
/// not depend on how the vector is sliced over ranks and threads.
package struct ParameterLayout: Sendable, Equatable {
    /// A run of elements inside one parameter.
    package struct Chunk: Sendable, Equatable {
        package let parameter: Int
        package let range: Range<Int>
    }

    /// Whole chunks that lie one after another, and their elements.
    package struct Run: Sendable, Equatable {
        package let chunks: Range<Int>
        package let elements: Range<Int>
    }

    /// Elements in a full chunk: 16 KiB of float32, so that a chunk and its result stay in the first-level cache.
    package static let chunkLength = 4096

    package let parameters: [Parameter]
    package let chunks: [Chunk]
    /// Number of elements of the flat vector, D.
    package let count: Int

    /// * `tensors`: name, shape and layer of every parameter, in the order of the flat vector.
    package init(_ tensors: [(name: String, shape: [Int], layer: String)]) {
        var parameters: [Parameter] = []
        var chunks: [Chunk] = []
        var offset = 0
        for (index, tensor) in tensors.enumerated() {
            let range = offset..<(offset + tensor.shape.reduce(1, *))
            parameters.append(
                Parameter(name: tensor.name, shape: tensor.shape, layer: tensor.layer, range: range)
            )
            for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunkLength) {
                let end = min(start + Self.chunkLength, range.upperBound)
                chunks.append(Chunk(parameter: index, range: start..<end))
            }
            offset = range.upperBound
        }
        self.parameters = parameters
        self.chunks = chunks
        count = offset
    }

    /// These chunks with their elements.
    func run(_ chunks: Range<Int>) -> Run {
        let start =
            chunks.lowerBound < self.chunks.count ? self.chunks[chunks.lowerBound].range.lowerBound : count
        let end = chunks.isEmpty ? start : self.chunks[chunks.upperBound - 1].range.upperBound
        return Run(chunks: chunks, elements: start..<end)
    }
}
