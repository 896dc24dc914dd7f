import Testing

@testable import Kernels

/// Both libraries' products, whichever this processor gets, against sums in double.
@Suite struct ProductLibraryTests {
    static let shapes = [
        (1, 1, 1), (3, 5, 7), (1, 48, 17), (33, 1, 65), (12, 16, 4), (50, 96, 33), (121, 130, 64),
        (7, 31, 300),
        (4, 6, 0),
    ]

    /// The result lies in rows that are longer than it; nothing beyond it is written, and what was there does not matter, NaN
    /// neither, unless it is to be kept.
    @Test(arguments: ProductLibrary.allCases, shapes) func productsAreSums(
        library: ProductLibrary,
        sizes: (rows: Int, columns: Int, inner: Int)
    ) {
        for (transposeLeft, transposeRight) in [(false, false), (false, true), (true, false), (true, true)] {
            for (beta, before) in [(Float(0), Float.nan), (1, 0.5)] {
                let (rows, columns, inner) = sizes
                let shape = MatrixProduct(
                    rows: rows,
                    columns: columns,
                    inner: inner,
                    transposeLeft: transposeLeft,
                    transposeRight: transposeRight,
                    leftStride: (transposeLeft ? rows : inner) + 3,
                    rightStride: (transposeRight ? inner : columns) + 1,
                    outputStride: columns + 5
                )
                let left = (0..<shape.leftStride * max(transposeLeft ? inner : rows, 1)).map {
                    Float($0 * 37 % 101) / 101 - 0.5
                }
                let right = (0..<shape.rightStride * max(transposeRight ? columns : inner, 1)).map {
                    Float($0 * 53 % 97) / 97 - 0.5
                }
                var output = [Float](repeating: before, count: rows * shape.outputStride)
                library.multiply(shape, scale: 2, left, right, keeping: beta, into: &output)
                for row in 0..<rows {
                    for column in 0..<shape.outputStride {
                        let found = output[row * shape.outputStride + column]
                        guard column < columns else {
                            #expect(found.isNaN == before.isNaN && (found.isNaN || found == before))
                            continue
                        }
                        var sum = beta == 0 ? 0 : Double(before)
                        for index in 0..<inner {
                            let x =
                                transposeLeft
                                ? index * shape.leftStride + row : row * shape.leftStride + index
                            let y =
                                transposeRight
                                ? column * shape.rightStride + index : index * shape.rightStride + column
                            sum += 2 * Double(left[x]) * Double(right[y])
                        }
                        #expect(abs(Double(found) - sum) <= 1e-6 * Double(inner + 1), "\(row) \(column)")
                    }
                }
            }
        }
    }

    /// Where a tile lies does not change its bits, so that it does not matter which thread computes it.
    @Test(arguments: ProductLibrary.allCases) func placesDoNotChangeBits(library: ProductLibrary) {
        let shape = MatrixProduct(rows: 60, columns: 112, inner: 130, transposeRight: true)
        func product(_ offset: Int) -> [Float] {
            let left = (0..<60 * 130 + offset).map { Float(($0 - offset) * 37 % 101) / 101 - 0.5 }
            let right = (0..<112 * 130 + offset).map { Float(($0 - offset) * 53 % 97) / 97 - 0.5 }
            var output = [Float](repeating: 0, count: 60 * 112 + offset)
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { right in
                    output.withUnsafeMutableBufferPointer { output in
                        guard let x = left.baseAddress, let y = right.baseAddress, let z = output.baseAddress
                        else { return }
                        library.multiply(shape, x + offset, y + offset, into: z + offset)
                    }
                }
            }
            return Array(output[offset...])
        }
        let aligned = product(0)
        for offset in 1...17 { #expect(product(offset) == aligned, "\(offset)") }
    }
}
