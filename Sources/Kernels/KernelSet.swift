import CKernels
import COpenBLAS
import Foundation

/// Which machine code does the work on this processor: results are the same bit for bit only under the same one.
package struct KernelSet: Sendable {
    /// What multiplies matrices, as "OpenBLAS Cooperlake".
    package let matrices: String
    /// The widest vectors of our own kernels: "avx512", "avx2" or "baseline".
    package let vectors: String

    package static var current: KernelSet {
        KernelSet(
            matrices: ProductLibrary.current.description,
            vectors: String(cString: ck_vector_set())
        )
    }

    package var description: String { "\(matrices), \(vectors)" }

    /// With what makes products in bfloat16, where there are any.
    package func description(_ precision: Precision) -> String {
        precision == .bf16 && ProductLibrary.current != .oneDNN
            ? "\(description), \(ProductLibrary.oneDNN.description)" : description
    }

    /// Says so where the processor has AVX-512 and OpenBLAS was told, or chose, not to use it.
    package var warning: String? {
        let wide = ["SkylakeX", "Cooperlake", "Sapphirerapids", "Zen4", "Zen5"]
        let chosen = String(cString: openblas_get_corename())
        guard vectors == "avx512", ProductLibrary.current == .openBLAS,
            !wide.contains(where: { $0.caseInsensitiveCompare(chosen) == .orderedSame })
        else { return nil }
        return
            "OpenBLAS uses its \(chosen) kernels although this processor has AVX-512: matrix products run at "
            + "about half speed (is OPENBLAS_CORETYPE set?)"
    }

    /// Makes every product run on the thread that calls it: tiles are what is spread over threads.
    package static func useCallingThreadOnly() {
        openblas_set_num_threads(1)
    }
}
