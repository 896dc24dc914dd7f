import CKernels

/// What is done with each tile of a product while it is in the cache: y = f(x + bias + residual).
package struct Epilogue<R: Real> {
    /// As many as there are columns, or nil.
    package var bias: UnsafePointer<R>?
    /// As large as the output, or nil.
    package var residual: UnsafePointer<R>?
    /// nil for none.
    package var function: Function?
    /// Where x + bias + residual goes, as large as the output; nil where only y is wanted.
    package var kept: UnsafeMutablePointer<R>?

    package init(
        bias: UnsafePointer<R>? = nil,
        residual: UnsafePointer<R>? = nil,
        function: Function? = nil,
        kept: UnsafeMutablePointer<R>? = nil
    ) {
        (self.bias, self.residual, self.function, self.kept) = (bias, residual, function, kept)
    }

    /// Where the product itself goes.
    func place(in output: UnsafeMutablePointer<R>) -> UnsafeMutablePointer<R> { kept ?? output }

    /// Finishes a tile of `output`, or of `kept`, that starts at `start` and at column `first`; its rows are `stride` apart.
    @inline(__always)
    func finish(
        rows: Int,
        stride: Int,
        columns: Int,
        first: Int,
        start: Int,
        output: UnsafeMutablePointer<R>
    ) {
        guard bias != nil || residual != nil || function != nil else { return }
        let (code, a, b) = function?.code(R.self) ?? (ck_affine, 1, 0)
        R.kernels.finishRows(
            rows,
            stride,
            columns,
            bias.map { $0 + first },
            residual.map { $0 + start },
            place(in: output) + start,
            code,
            a,
            b,
            function == nil ? nil : output + start
        )
    }
}
