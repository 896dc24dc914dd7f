import Checkpoints
import Kernels
import Soups
import Tensors

/// One rank's slice of the centre and of a coefficient block's ingredients, as differences from the centre.
///
/// The centre is float32; the differences are float32 or bfloat16: they survive few bits, weights do not. Everything
/// is allocated once and reused by every coefficient block. Threads work on disjoint chunks.
final class IngredientSlices: @unchecked Sendable {
    private let reading: IngredientReading
    private let chunks: GroupedChunks
    private let type: SliceType
    private let threads: Int
    private let centre: AlignedBuffer<Float>
    private let differences: [AlignedBuffer<UInt8>]
    private(set) var ingredientCount = 0

    init(_ reading: IngredientReading, blockSize: Int, type: SliceType) {
        self.reading = reading
        self.type = type
        chunks = reading.chunks
        threads = reading.threads
        let elements = chunks.elements.count
        centre = AlignedBuffer(count: elements)
        differences = (0..<blockSize).map { _ in AlignedBuffer(count: elements * type.byteCount) }
    }

    var byteCount: Int { centre.byteCount + differences.map(\.byteCount).reduce(0, +) }

    /// Makes the mixture α (pool × groups) of all ingredients the centre.
    func begin(_ alpha: CoefficientMatrix) throws {
        try PoolMixing(reading).mix(alpha, into: centre.base, rounding: nil)
    }

    /// Reads the ingredients' slices and keeps w − c; returns Σ(w − c)² per chunk and ingredient, as stored.
    func enter(_ ingredients: [Int]) throws -> [Double] {
        precondition(ingredients.count <= differences.count)
        ingredientCount = ingredients.count
        let count = ingredients.count
        var squares = [Double](repeating: 0, count: chunks.chunks.count * count)
        try squares.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let squares = Shared(base)
            let sweep = reading.sweep()
            for (row, ingredient) in ingredients.enumerated() {
                let difference = Shared(differences[row].base)
                for window in sweep.windows(of: [ingredient]) {
                    try sweep.fetch(ingredient, window)
                    let pieces = chunks.pieces(of: window.chunks)
                    try sweep.perform {
                        try concurrentlyThrowing(threads: threads, items: pieces.count) { [self] item in
                            try enter(pieces[item], ingredient, sweep, difference.pointer) { chunk, sum in
                                squares.pointer[chunk * count + row] = sum
                            }
                        }
                    }
                }
            }
            try sweep.end()
        }
        return squares
    }

    private func enter(
        _ piece: Range<Int>,
        _ ingredient: Int,
        _ sweep: IngredientSweep,
        _ target: UnsafeMutablePointer<UInt8>,
        record: (Int, Double) -> Void
    ) throws {
        let range = chunks.range(piece)
        let start = range.lowerBound - chunks.elements.lowerBound
        let place = UnsafeMutableRawPointer(target + start * type.byteCount)
        // float32 differences are made where they stay; others in between.
        let scratch = UnsafeMutablePointer<Float>.allocate(capacity: type == .f32 ? 0 : range.count)
        defer { scratch.deallocate() }
        let values = type == .f32 ? place.assumingMemoryBound(to: Float.self) : scratch
        try sweep.read(ingredient, range, into: values)
        subtract(count: range.count, centre.base + start, from: values)
        if type == .bf16 {
            let rounded = place.assumingMemoryBound(to: UInt16.self)
            roundToBFloat16(count: range.count, values, into: rounded)
            widenBFloat16(count: range.count, rounded, into: values)
        }
        for index in piece {
            let chunk = chunks.chunks[index]
            let stored = values + (chunk.range.lowerBound - range.lowerBound)
            record(index, dot(count: chunk.range.count, stored, stored, stored: .f32))
        }
    }

    /// θ[l] = c[l] + Σₖ displacement[k,l]·(w[k,l] − c[l]) on the slice, in float32, in the coefficient block's order.
    ///
    /// * `target`: the slice's elements; may be the centre itself
    func combine(_ displacement: CoefficientMatrix, into target: UnsafeMutablePointer<Float>) {
        let pieces = chunks.pieces
        let target = Shared(target)
        concurrently(threads: threads, items: pieces.count) { [self] item in
            for chunk in chunks.chunks[pieces[item]] {
                let output = target.pointer + chunk.offset
                let count = chunk.range.count
                if output != centre.base + chunk.offset {
                    output.update(from: centre.base + chunk.offset, count: count)
                }
                for row in 0..<displacement.rows where displacement[row, chunk.group] != 0 {
                    Kernels.mix(
                        count: count,
                        Float(displacement[row, chunk.group]),
                        differences[row].base + chunk.offset * type.byteCount,
                        stored: type,
                        into: output
                    )
                }
            }
        }
    }

    /// c ← the soup at `displacement`.
    func settle(_ displacement: CoefficientMatrix) {
        combine(displacement, into: centre.base)
    }

    /// Per chunk: ⟨gradient, w − c⟩ of every ingredient of the coefficient block, then ‖gradient‖².
    ///
    /// * `gradient`: the slice's elements
    func project(_ gradient: UnsafePointer<Float>) -> [Double] {
        let pieces = chunks.pieces
        let gradient = Shared(gradient)
        let width = ingredientCount + 1
        return [Double](unsafeUninitializedCapacity: chunks.chunks.count * width) { buffer, count in
            count = chunks.chunks.count * width
            guard let base = buffer.baseAddress else { return }
            let sums = Shared(base)
            concurrently(threads: threads, items: pieces.count) { [self] item in
                for index in pieces[item] {
                    let chunk = chunks.chunks[index]
                    let input = gradient.pointer + chunk.offset
                    let output = sums.pointer + index * width
                    for row in 0..<width - 1 {
                        let difference = differences[row].base + chunk.offset * type.byteCount
                        output[row] = dot(count: chunk.range.count, input, difference, stored: type)
                    }
                    output[width - 1] = dot(count: chunk.range.count, input, input, stored: .f32)
                }
            }
        }
    }
}
