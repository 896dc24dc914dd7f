import Kernels
import Tensors

/// One rank's slice of the sum of some ingredients, which grows one by one; files are read piece by piece.
///
/// The sum is kept in double, so that the mean of many is rounded once.
package final class RunningMean: @unchecked Sendable {
    private let reading: IngredientReading
    private let sum: AlignedBuffer<Double>
    private var count = 0.0

    package init(_ reading: IngredientReading) {
        self.reading = reading
        let elements = reading.chunks.count
        sum = AlignedBuffer(count: elements)
        sum.base.update(repeating: 0, count: elements)
    }

    package func add(_ ingredient: Int) throws {
        let sum = sum.base
        try read(ingredient) { first, count, weights in
            Kernels.mix(count: count, 1, weights, into: sum + first.offset)
        }
        count += 1
    }

    /// The mean of the sum's ingredients and one more.
    ///
    /// * `parameters`: the whole flat vector, which gets the slice's elements
    package func mean(with ingredient: Int, into parameters: UnsafeMutablePointer<Float>) throws {
        let sum = sum.base
        let members = count + 1
        try read(ingredient) { first, count, weights in
            let (sum, target) = (sum + first.offset, parameters + first.range.lowerBound)
            for index in 0..<count { target[index] = Float((sum[index] + Double(weights[index])) / members) }
        }
    }

    /// Reads the ingredient's slice piece by piece: `body` gets a piece's first chunk, length and weights.
    private func read(
        _ ingredient: Int,
        _ body: (GroupedChunks.Chunk, Int, UnsafePointer<Float>) -> Void
    ) throws {
        let chunks = reading.chunks
        let sweep = reading.sweep()
        for window in sweep.windows(of: [ingredient]) {
            try sweep.fetch(ingredient, window)
            let pieces = chunks.pieces(of: window.chunks)
            try sweep.perform {
                try reading.team.run(pieces.count) { item in
                    let range = chunks.range(pieces[item])
                    let weights = UnsafeMutablePointer<Float>.allocate(capacity: range.count)
                    defer { weights.deallocate() }
                    try sweep.read(ingredient, range, into: weights)
                    body(chunks.chunks[pieces[item].lowerBound], range.count, weights)
                }
            }
        }
        try sweep.end()
    }
}
