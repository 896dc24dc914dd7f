import Kernels
import Tensors

#if canImport(Glibc)
import Glibc
#endif

/// The memory that one thread works in, and what it found in its last piece.
final class PieceExaminer: @unchecked Sendable {
    private let ingredients: [Checkpoint]
    private let tensors: [[StoredTensor]]
    private let count: Int
    /// Elements from one ingredient's to the next's: no multiple of a page, which would make them share cache lines.
    private let stride: Int
    /// The ingredients' and last the reference's.
    private let rows: AlignedBuffer<Float>
    private let products: AlignedBuffer<Float>
    private(set) var findings: Result<Findings, any Error>

    init(_ ingredients: [Checkpoint], _ tensors: [[StoredTensor]], length: Int) {
        self.ingredients = ingredients
        self.tensors = tensors
        count = ingredients.count
        stride = length + 80
        rows = AlignedBuffer(count: (count + 1) * stride)
        products = AlignedBuffer(count: (count + 1) * (count + 1))
        findings = .failure(CheckpointError("", expected: "a piece", found: "none"))
    }

    func examine(_ piece: Piece, sameAs known: [Int]) {
        findings = Result {
            try read(piece)
            var findings = Findings(
                gram: GramMatrix(count: count),
                sameAs: sameAs(piece, known),
                isIdentical: areIdentical(piece),
                unusable: []
            )
            findings.unusable = (0..<count).map { takeOutUnusable($0, piece) }
            for start in Swift.stride(from: 0, to: piece.count, by: PoolScan.chunkLength) {
                let length = min(PoolScan.chunkLength, piece.count - start)
                subtractReference(start, length)
                multiply(start, length)
                findings.gram.add(products.base)
            }
            return findings
        }
    }

    private func row(_ index: Int) -> UnsafeMutablePointer<Float> { rows.base + index * stride }

    private func read(_ piece: Piece) throws {
        for (index, ingredient) in ingredients.enumerated() {
            var place = row(index)
            for segment in piece.segments {
                let tensor = tensors[index][segment.parameter]
                try ingredient.read(tensor, segment.elements, into: place, mustBeFinite: false)
                place += segment.elements.count
            }
        }
    }

    private func areAlike(_ left: Int, _ right: Int, from start: Int = 0, count: Int) -> Bool {
        memcmp(row(left) + start, row(right) + start, count * MemoryLayout<Float>.size) == 0
    }

    /// Of ingredients that were alike so far, which still are.
    private func sameAs(_ piece: Piece, _ known: [Int]) -> [Int] {
        var firsts: [Int: [Int]] = [:]
        return (0..<count).map { index in
            let others = firsts[known[index], default: []]
            if let same = others.first(where: { areAlike($0, index, count: piece.count) }) { return same }
            firsts[known[index]] = others + [index]
            return index
        }
    }

    private func areIdentical(_ piece: Piece) -> [Bool] {
        var start = 0
        return piece.segments.map { segment in
            defer { start += segment.elements.count }
            return (1..<max(count, 1)).allSatisfy {
                areAlike(0, $0, from: start, count: segment.elements.count)
            }
        }
    }

    /// Puts 0 in the place of weights that cannot be computed with.
    private func takeOutUnusable(_ index: Int, _ piece: Piece) -> UnusableWeights? {
        var found: UnusableWeights?
        var place = row(index)
        for segment in piece.segments {
            let length = segment.elements.count
            if largestMagnitude(place, count: length) > UnusableWeights.bound.bitPattern {
                for offset in 0..<length where !(place[offset].magnitude <= UnusableWeights.bound) {
                    let one = UnusableWeights(
                        count: 1,
                        tensor: tensors[index][segment.parameter].name,
                        element: segment.elements.lowerBound + offset,
                        value: place[offset]
                    )
                    found = found?.and(one) ?? one
                    place[offset] = 0
                }
            }
            place += length
        }
        return found
    }

    /// Makes the last row the reference, and the others their differences from it.
    ///
    /// It is the median of three ingredients, number by number: near to all others even if one of the three is far
    /// off, so that their differences from it keep their precision.
    private func subtractReference(_ start: Int, _ length: Int) {
        let reference = row(count) + start
        let (a, b, c) = (row(0) + start, row(count / 2) + start, row(count - 1) + start)
        for index in 0..<length {
            let low = a[index] < b[index] ? a[index] : b[index]
            let high = a[index] < b[index] ? b[index] : a[index]
            let capped = high < c[index] ? high : c[index]
            reference[index] = low < capped ? capped : low
        }
        for index in 0..<count { subtract(count: length, reference, from: row(index) + start) }
    }

    /// The products of all rows with each other, none above the diagonal but in blocks on it.
    private func multiply(_ start: Int, _ length: Int) {
        let width = count + 1
        let height = 24
        for first in Swift.stride(from: 0, to: width, by: height) {
            let end = min(first + height, width)
            let shape = MatrixProduct(
                rows: end - first,
                columns: end,
                inner: length,
                transposeRight: true,
                leftStride: stride,
                rightStride: stride,
                outputStride: width
            )
            Kernels.multiply(
                shape,
                row(first) + start,
                rows.base + start,
                into: products.base + first * width
            )
        }
    }
}

/// The greatest bit pattern without its sign: that of a NaN is above that of infinity, and that above all others.
private func largestMagnitude(_ values: UnsafePointer<Float>, count: Int) -> UInt32 {
    var largest: UInt32 = 0
    for index in 0..<count { largest = max(largest, values[index].bitPattern & 0x7FFF_FFFF) }
    return largest
}
