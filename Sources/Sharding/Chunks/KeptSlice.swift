import Kernels
import Tensors
import Threads

/// A copy of one rank's slice of the parameters, that later ones are compared with.
package struct KeptSlice {
    private let chunks: GroupedChunks
    private let values: AlignedBuffer<Float>

    /// * `parameters`: the whole flat vector
    package init(_ parameters: UnsafePointer<Float>, _ chunks: GroupedChunks) {
        self.chunks = chunks
        values = AlignedBuffer(count: chunks.count)
        for chunk in chunks.chunks {
            (values.base + chunk.offset)
                .update(from: parameters + chunk.range.lowerBound, count: chunk.range.count)
        }
    }

    /// Per chunk, Σ(θ − kept)² and Σθ² of the slice as it is now.
    ///
    /// * `parameters`: the whole flat vector
    package func squares(of parameters: UnsafePointer<Float>, on team: Team) -> [Double] {
        let reference = values.base
        var sums = [Double](repeating: 0, count: 2 * chunks.chunks.count)
        let tiles = chunks.tiles
        let list = chunks.chunks
        sums.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            team.run(tiles.count) { item in
                let scratch = UnsafeMutablePointer<Float>.allocate(capacity: ParameterLayout.chunkLength)
                defer { scratch.deallocate() }
                for index in tiles[item] {
                    let (offset, count) = (list[index].offset, list[index].range.count)
                    let values = parameters + list[index].range.lowerBound
                    scratch.update(from: values, count: count)
                    subtract(count: count, reference + offset, from: scratch)
                    base[2 * index] = dot(count: count, scratch, scratch, stored: .f32)
                    base[2 * index + 1] = dot(count: count, values, values, stored: .f32)
                }
            }
        }
        return sums
    }
}
