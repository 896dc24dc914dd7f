import Kernels
import MessagePassing
import Soups
import Tensors
import Threads

/// One rank's slice of the centre and of a coefficient block's ingredients, as differences from the centre.
///
/// With folds each has a centre of its own, kept as its difference e from c, the mean of them all: an ingredient is read and
/// kept once, as w − c, and is w − c − e for the fold.
///
/// The centres are float32; the differences are float32 or fewer bits: they survive few, weights do not. Everything is
/// allocated once and reused by every coefficient block. Threads work on disjoint chunks.
package final class IngredientSlices: @unchecked Sendable {
    private let reading: IngredientReading
    private let chunks: GroupedChunks
    private let type: SliceType
    private let team: Team
    private let centre: AlignedBuffer<Float>
    /// By fold, e; none without folds.
    private let offsets: [AlignedBuffer<Float>]
    private let differences: [AlignedBuffer<UInt8>]
    /// By chunk, where its differences begin, in bytes.
    private let places: [Int]
    package private(set) var ingredientCount = 0

    /// * `folds`: centres, at least 1
    package init(_ reading: IngredientReading, blockSize: Int, folds: Int = 1, type: SliceType) {
        self.reading = reading
        self.type = type
        chunks = reading.chunks
        team = reading.team
        let elements = chunks.count
        centre = AlignedBuffer(count: elements)
        offsets = (0..<(folds > 1 ? folds : 0)).map { _ in AlignedBuffer(count: elements) }
        let sizes = chunks.chunks.map { type.byteCount(of: $0.range.count) }
        places = sizes.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        let bytes = sizes.reduce(0, +)
        differences = (0..<blockSize).map { _ in AlignedBuffer(count: bytes) }
    }

    package var byteCount: Int {
        centre.byteCount + offsets.map(\.byteCount).reduce(0, +) + differences.map(\.byteCount).reduce(0, +)
    }

    private var folds: Int { max(offsets.count, 1) }

    /// Makes mixtures α (folds · pool × groups) of all ingredients the folds' centres.
    package func begin(_ alpha: CoefficientMatrix) throws {
        let mixing = PoolMixing(reading)
        let starts = alpha.parts(folds)
        guard let first = starts.first, starts.contains(where: { $0 != first }) else {
            // The same for all.
            for offset in offsets { offset.elements.update(repeating: 0) }
            return try mixing.mix(starts[0], into: .packed(centre.base), rounding: nil)
        }
        var failure: (any Error)?
        for (start, offset) in zip(starts, offsets) {
            do {
                try mixing.mix(start, into: .packed(offset.base), rounding: nil)
            } catch let error as MessagePassingError {
                throw error
            } catch {
                // The others wait for the weights that this rank has.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        centre.elements.update(repeating: 0)
        centreOffsets()
    }

    /// Moves c to the mean of the centres, which stay where they are.
    private func centreOffsets() {
        let tiles = chunks.tiles
        team.run(tiles.count) { item in
            let start = chunks.chunks[tiles[item].lowerBound].offset
            for index in start..<start + chunks.range(tiles[item]).count {
                var sum = 0.0
                for offset in offsets { sum += Double(offset.base[index]) }
                let mean = Float(sum / Double(offsets.count))
                centre.base[index] += mean
                for offset in offsets { offset.base[index] -= mean }
            }
        }
    }

    /// Reads the ingredients' slices and keeps w − c; returns per chunk, fold and ingredient Σ(w − c − e)², as stored.
    package func enter(_ ingredients: [Int]) throws -> [Double] {
        precondition(ingredients.count <= differences.count)
        ingredientCount = ingredients.count
        let count = ingredients.count
        let width = folds * count
        var squares = [Double](repeating: 0, count: chunks.chunks.count * width)
        try squares.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let sweep = reading.sweep()
            for (row, ingredient) in ingredients.enumerated() {
                let difference = differences[row].base
                for window in sweep.windows(of: [ingredient]) {
                    try sweep.fetch(ingredient, window)
                    let pieces = chunks.pieces(of: window.chunks)
                    try sweep.perform {
                        try team.run(pieces.count) { item in
                            try enter(pieces[item], ingredient, sweep, difference) {
                                chunk,
                                fold,
                                sum in
                                base[chunk * width + fold * count + row] = sum
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
        record: (_ chunk: Int, _ fold: Int, Double) -> Void
    ) throws {
        let range = chunks.range(piece)
        let start = chunks.chunks[piece.lowerBound].offset
        // float32 differences are made where they stay; others in between.
        let scratch = UnsafeMutablePointer<Float>.allocate(capacity: type == .f32 ? 0 : range.count)
        defer { scratch.deallocate() }
        let place = UnsafeMutableRawPointer(target + places[piece.lowerBound])
        let values = type == .f32 ? place.assumingMemoryBound(to: Float.self) : scratch
        try sweep.read(ingredient, range, into: values)
        subtract(count: range.count, centre.base + start, from: values)
        let apart = UnsafeMutablePointer<Float>.allocate(capacity: offsets.isEmpty ? 0 : range.count)
        defer { apart.deallocate() }
        for index in piece {
            let chunk = chunks.chunks[index]
            let count = chunk.range.count
            let stored = values + (chunk.range.lowerBound - range.lowerBound)
            if type != .f32 { store(count: count, stored, as: type, into: target + places[index]) }
            if offsets.isEmpty { record(index, 0, dot(count: count, stored, stored, stored: .f32)) }
            for (fold, offset) in offsets.enumerated() {
                apart.update(from: stored, count: count)
                subtract(count: count, offset.base + chunk.offset, from: apart)
                record(index, fold, dot(count: count, apart, apart, stored: .f32))
            }
        }
    }

    /// θ[l] = c[l] + e[l] + Σₖ displacement[k,l]·(w[k,l] − c[l] − e[l]) on the slice's part of a bucket, in float32, in the
    /// coefficient block's order.
    ///
    /// * `parameters`: the whole flat vector
    package func combine(
        _ fold: Int,
        _ displacement: CoefficientMatrix,
        bucket: Int,
        into parameters: UnsafeMutablePointer<Float>
    ) {
        combine(fold, displacement, chunks.tiles(of: chunks.parts[bucket]), into: .whole(parameters))
    }

    /// * `target`: may be c itself where there are no folds
    private func combine(
        _ fold: Int,
        _ displacement: CoefficientMatrix,
        _ tiles: [Range<Int>],
        into target: SlicePlace
    ) {
        let left = displacement.columnSums.map { Float(1 - $0) }
        team.run(tiles.count) { item in
            for index in tiles[item] {
                let chunk = chunks.chunks[index]
                let output = target[chunk]
                let count = chunk.range.count
                if output != centre.base + chunk.offset {
                    output.update(from: centre.base + chunk.offset, count: count)
                }
                if !offsets.isEmpty {
                    let offset = offsets[fold].base + chunk.offset
                    Kernels.mix(count: count, left[chunk.group], offset, stored: .f32, into: output)
                }
                add(displacement, index, to: output)
            }
        }
    }

    /// output += Σₖ displacement[k,l]·(w[k,l] − c[l]) on one chunk.
    private func add(
        _ displacement: CoefficientMatrix,
        _ index: Int,
        to output: UnsafeMutablePointer<Float>
    ) {
        let chunk = chunks.chunks[index]
        for row in 0..<displacement.rows where displacement[row, chunk.group] != 0 {
            Kernels.mix(
                count: chunk.range.count,
                Float(displacement[row, chunk.group]),
                differences[row].base + places[index],
                stored: type,
                into: output
            )
        }
    }

    /// Each fold's centre ← its soup at `displacements` (folds · ingredients × groups).
    package func settle(_ displacements: CoefficientMatrix) {
        guard !offsets.isEmpty else {
            return combine(0, displacements, chunks.tiles, into: .packed(centre.base))
        }
        let tiles = chunks.tiles
        for (offset, displacement) in zip(offsets, displacements.parts(folds)) {
            let left = displacement.columnSums.map { Float(1 - $0) }
            team.run(tiles.count) { item in
                for index in tiles[item] {
                    let chunk = chunks.chunks[index]
                    let output = offset.base + chunk.offset
                    for element in 0..<chunk.range.count { output[element] *= left[chunk.group] }
                    add(displacement, index, to: output)
                }
            }
        }
        centreOffsets()
    }

    /// What `project` says of a gradient, before it has said anything: chunks × quantities.
    package func noProducts() -> [Double] {
        [Double](repeating: 0, count: chunks.chunks.count * (ingredientCount + 1))
    }

    /// Per chunk of the slice's part of a bucket: ⟨gradient, w − c − e⟩ of every ingredient of the coefficient block, then
    /// ‖gradient‖².
    ///
    /// * `gradient`: the slice's elements, one after another
    /// * `products`: of the whole slice, chunks × quantities
    package func project(
        _ gradient: UnsafePointer<Float>,
        _ fold: Int,
        bucket: Int,
        into products: inout [Double]
    ) {
        let tiles = chunks.tiles(of: chunks.parts[bucket])
        let width = ingredientCount + 1
        products.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            team.run(tiles.count) { item in
                for index in tiles[item] {
                    let chunk = chunks.chunks[index]
                    let count = chunk.range.count
                    let input = gradient + chunk.offset
                    let output = base + index * width
                    let own =
                        offsets.isEmpty
                        ? 0 : dot(count: count, input, offsets[fold].base + chunk.offset, stored: .f32)
                    for row in 0..<width - 1 {
                        let difference = differences[row].base + places[index]
                        output[row] = dot(count: count, input, difference, stored: type) - own
                    }
                    output[width - 1] = dot(count: count, input, input, stored: .f32)
                }
            }
        }
    }
}
