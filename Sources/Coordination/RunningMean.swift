import Checkpoints
import Kernels
import Tensors

/// One rank's slice of the sum of some ingredients, which grows one by one; files are read piece by piece.
///
/// The sum is kept in double, so that the mean of many is rounded once.
final class RunningMean: @unchecked Sendable {
    private let pool: IngredientPool
    private let layout: ParameterLayout
    private let chunks: GroupedChunks
    private let threads: Int
    private let sum: AlignedBuffer<Double>
    private var count = 0.0

    init(_ pool: IngredientPool, layout: ParameterLayout, chunks: GroupedChunks, threads: Int) {
        self.pool = pool
        self.layout = layout
        self.chunks = chunks
        self.threads = threads
        sum = AlignedBuffer(count: chunks.elements.count)
        sum.base.update(repeating: 0, count: chunks.elements.count)
    }

    func add(_ ingredient: Int) throws {
        let sum = Shared(sum.base)
        try read(ingredient) { offset, count, weights in
            Kernels.mix(count: count, 1, weights, into: sum.pointer + offset)
        }
        count += 1
    }

    /// The mean of the sum's ingredients and one more.
    ///
    /// * `target`: the slice's elements
    func mean(with ingredient: Int, into target: UnsafeMutablePointer<Float>) throws {
        let (sum, target) = (Shared(sum.base), Shared(target))
        let members = count + 1
        try read(ingredient) { offset, count, weights in
            let (sum, target) = (sum.pointer + offset, target.pointer + offset)
            for index in 0..<count { target[index] = Float((sum[index] + Double(weights[index])) / members) }
        }
    }

    /// Reads the ingredient's slice piece by piece: `body` gets a piece's offset in the slice, length and weights.
    private func read(_ ingredient: Int, _ body: @Sendable (Int, Int, UnsafePointer<Float>) -> Void) throws {
        let pieces = chunks.pieces
        try concurrentlyThrowing(threads: threads, items: pieces.count) { [self] item in
            let range = chunks.range(pieces[item])
            let weights = UnsafeMutablePointer<Float>.allocate(capacity: range.count)
            defer { weights.deallocate() }
            try pool.read(ingredient, range, of: layout, into: weights)
            body(range.lowerBound - chunks.elements.lowerBound, range.count, weights)
        }
    }
}
