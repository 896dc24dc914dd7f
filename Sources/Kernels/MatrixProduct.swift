import COpenBLAS

/// The shapes of a product C = α·op(A)·op(B) + β·C of row-major matrices.
///
/// op(A) is rows × inner, op(B) is inner × columns; a stride is the distance between two rows as stored.
package struct MatrixProduct: Sendable, Hashable {
    package let rows: Int
    package let columns: Int
    package let inner: Int
    package let transposeLeft: Bool
    package let transposeRight: Bool
    package let leftStride: Int
    package let rightStride: Int
    package let outputStride: Int

    /// Strides default to those of densely stored matrices.
    package init(
        rows: Int,
        columns: Int,
        inner: Int,
        transposeLeft: Bool = false,
        transposeRight: Bool = false,
        leftStride: Int? = nil,
        rightStride: Int? = nil,
        outputStride: Int? = nil
    ) {
        self.rows = rows
        self.columns = columns
        self.inner = inner
        self.transposeLeft = transposeLeft
        self.transposeRight = transposeRight
        self.leftStride = leftStride ?? (transposeLeft ? rows : inner)
        self.rightStride = rightStride ?? (transposeRight ? inner : columns)
        self.outputStride = outputStride ?? columns
    }

    /// Floating-point operations of the product: a multiplication and an addition per term.
    package var operations: Int { 2 * rows * columns * inner }

    func double(
        _ alpha: Double,
        _ left: UnsafePointer<Double>,
        _ right: UnsafePointer<Double>,
        _ beta: Double,
        _ output: UnsafeMutablePointer<Double>
    ) {
        cblas_dgemm(
            CblasRowMajor,
            transposeLeft ? CblasTrans : CblasNoTrans,
            transposeRight ? CblasTrans : CblasNoTrans,
            blasint(rows),
            blasint(columns),
            blasint(inner),
            alpha,
            left,
            blasint(leftStride),
            right,
            blasint(rightStride),
            beta,
            output,
            blasint(outputStride)
        )
    }
}

/// C = α·op(A)·op(B) + β·C on the calling thread.
@specialized(where R == Float)
package func multiply<R: Real>(
    _ shape: MatrixProduct,
    scale alpha: R = 1,
    _ left: UnsafePointer<R>,
    _ right: UnsafePointer<R>,
    keeping beta: R = 0,
    into output: UnsafeMutablePointer<R>
) {
    R.kernels.matrixProduct(shape, alpha, left, right, beta, output)
}
