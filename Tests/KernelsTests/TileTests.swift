import Kernels
import Tensors
import Testing
import Threads

/// Tiles are cut by shapes alone: which thread takes them, and where memory lies, changes no bit.
///
/// Run under each of OpenBLAS's kernel sets (OPENBLAS_CORETYPE).
@Suite struct TileTests {
    /// OpenBLAS would cut products itself, in another way.
    init() { KernelSet.useCallingThreadOnly() }

    /// Rows, columns, inner dimension: edges of tiles and of vectors, and what a ViT has.
    private static let shapes = [
        (1, 1, 1), (1, 97, 5), (95, 96, 3), (96, 97, 384), (193, 31, 257), (256, 768, 64), (250, 1152, 384),
        (385, 384, 250), (3072, 768, 50), (197, 2304, 768), (394, 384, 384), (1, 1000, 768), (1000, 1, 96),
        (241, 193, 64),
    ]

    @Test(arguments: shapes) func tilesMakeTheWholeProduct(_ shape: (rows: Int, columns: Int, inner: Int)) {
        for (transposesLeft, transposesRight) in [(false, false), (false, true), (true, false)] {
            let product = MatrixProduct(
                rows: shape.rows,
                columns: shape.columns,
                inner: shape.inner,
                transposeLeft: transposesLeft,
                transposeRight: transposesRight
            )
            let factors = Factors(product)
            let whole = factors.product(on: .alone)
            for threads in [2, 3, 7, 8, 16] {
                let isSame = factors.product(on: Team(threads: threads)) == whole
                #expect(isSame, "\(threads) threads")
            }
            for offset in [1, 3, 16, 17] {
                let isSame = Factors(product, offset: offset).product(on: Team(threads: 3)) == whole
                #expect(isSame, "at \(offset)")
            }
            // A few elements of every tile, against sums in double.
            for position in stride(from: 0, to: shape.rows * shape.columns, by: 41) {
                let (row, column) = position.quotientAndRemainder(dividingBy: shape.columns)
                let (exact, size) = factors.element(row, column)
                #expect(abs(Double(whole[position]) - exact) <= 1e-6 * size, "\(row), \(column)")
            }
        }
    }

    /// A product's factors and room for its result, `offset` elements behind the beginning of a page.
    private struct Factors {
        let product: MatrixProduct
        let offset: Int
        let left: AlignedBuffer<Float>
        let right: AlignedBuffer<Float>

        init(_ product: MatrixProduct, offset: Int = 0) {
            self.product = product
            self.offset = offset
            func buffer(_ count: Int, _ seed: UInt64) -> AlignedBuffer<Float> {
                let buffer = AlignedBuffer<Float>(count: count + offset)
                for (index, value) in normals(count, seed: seed).enumerated() {
                    buffer.base[offset + index] = Float(value)
                }
                return buffer
            }
            left = buffer(product.rows * product.inner, 1)
            right = buffer(product.inner * product.columns, 2)
        }

        func product(on team: Team) -> [Float] {
            let output = AlignedBuffer<Float>(count: product.rows * product.columns + offset)
            multiply(on: team, product, left.base + offset, right.base + offset, into: output.base + offset)
            return Array(output.elements.dropFirst(offset))
        }

        /// An element of the product, and the sum of its terms' magnitudes.
        func element(_ row: Int, _ column: Int) -> (Double, Double) {
            var (sum, size) = (0.0, 0.0)
            for index in 0..<product.inner {
                let a =
                    product.transposeLeft
                    ? index * product.leftStride + row : row * product.leftStride + index
                let b =
                    product.transposeRight
                    ? column * product.rightStride + index : index * product.rightStride + column
                let term = Double(left.base[offset + a]) * Double(right.base[offset + b])
                sum += term
                size += abs(term)
            }
            return (sum, size)
        }
    }
}
