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

    /// The part of the flat vector that one rank owns: whole chunks.
    package struct Slice: Sendable, Equatable {
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

    /// The flat vector cut into `ranks` contiguous slices of whole chunks, as equal as chunks allow.
    package func slices(ranks: Int) -> [Slice] {
        precondition(ranks > 0)
        var bounds = [0]
        var chunk = 0
        for rank in 1..<max(ranks, 1) {
            let target = count * rank / ranks
            while chunk < chunks.count, chunks[chunk].range.middle < target { chunk += 1 }
            bounds.append(chunk)
        }
        bounds.append(chunks.count)
        return zip(bounds, bounds.dropFirst()).map { first, end in
            let start = first < chunks.count ? chunks[first].range.lowerBound : count
            let stop = end > first ? chunks[end - 1].range.upperBound : start
            return Slice(chunks: first..<end, elements: start..<stop)
        }
    }
}

extension Range<Int> {
    fileprivate var middle: Int { (lowerBound + upperBound) / 2 }
}
