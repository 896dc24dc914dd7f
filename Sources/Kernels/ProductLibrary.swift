import CKernels
import COneDNN
import COpenBLAS
import Foundation

/// Whose matrix products in float32 there are.
package enum ProductLibrary: Sendable, CaseIterable {
    case openBLAS
    case oneDNN

    /// oneDNN's on Intel's processors with AVX-512, where tiles take 0.7 to 0.9 of the time that OpenBLAS's do (2.6.3, 0.3.21);
    /// elsewhere, and where OPENBLAS_CORETYPE tells which kernels are wanted, OpenBLAS's.
    package static let current: ProductLibrary = {
        let isTold = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"].map { !$0.isEmpty } ?? false
        return !isTold && ck_is_intel() && String(cString: ck_vector_set()) == "avx512" ? .oneDNN : .openBLAS
    }()

    /// As "OpenBLAS SkylakeX": with the kernels that it chose for this processor.
    package var description: String {
        switch self {
        case .openBLAS: "OpenBLAS \(String(cString: openblas_get_corename()))"
        case .oneDNN: BFloat16Products.description
        }
    }

    /// C = α·op(A)·op(B) + β·C on the calling thread.
    package func multiply(
        _ shape: MatrixProduct,
        scale alpha: Float = 1,
        _ left: UnsafePointer<Float>,
        _ right: UnsafePointer<Float>,
        keeping beta: Float = 0,
        into output: UnsafeMutablePointer<Float>
    ) {
        // Where there is nothing to add up, both leave β·C; OpenBLAS says so of its own.
        guard self == .oneDNN, shape.operations > 0 else {
            return shape.openBLAS(alpha, left, right, beta, output)
        }
        guard co_single(shape.oneDNN(adds: false), alpha, left, right, beta, output) else {
            preconditionFailure("oneDNN computes no product of \(shape)")
        }
    }
}

extension MatrixProduct {
    fileprivate func openBLAS(
        _ alpha: Float,
        _ left: UnsafePointer<Float>,
        _ right: UnsafePointer<Float>,
        _ beta: Float,
        _ output: UnsafeMutablePointer<Float>
    ) {
        cblas_sgemm(
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

    func oneDNN(adds: Bool) -> co_shape {
        co_shape(
            rows: Int64(rows),
            columns: Int64(columns),
            inner: Int64(inner),
            transposes_left: transposeLeft,
            transposes_right: transposeRight,
            left_stride: Int64(leftStride),
            right_stride: Int64(rightStride),
            output_stride: Int64(outputStride),
            adds: adds
        )
    }
}
