import COneDNN
import Synchronization

/// In what the products by a model's weights are computed while it is learned from.
package enum Precision: String, Sendable, CaseIterable {
    case f32
    /// Factors rounded to bfloat16, sums in float32.
    case bf16
}

/// Products of bfloat16 factors, by oneDNN, each on the thread that calls.
package enum BFloat16Products {
    private struct Key: Hashable {
        let shape: MatrixProduct
        let adds: Bool
    }

    /// Made once per shape: making one takes as long as some hundred small products.
    private static let made = Mutex<[Key: OpaquePointer]>([:])

    /// Whether this processor multiplies bfloat16 itself (AVX512_BF16 or AMX).
    package static var isNative: Bool { co_is_native() }

    /// Whether there are such products for this processor at all: oneDNN 2.6 has none below AVX-512.
    package static let isAvailable = co_is_available()

    /// As "oneDNN 2.6.3 (fef)": its version, and its number for the instructions that it uses.
    static var description: String {
        let (version, set) = (co_version(), String(co_instruction_set(), radix: 16))
        return "oneDNN \(version / 10000).\(version / 100 % 100).\(version % 100) (\(set))"
    }

    /// Says so where bfloat16 is no gain.
    package static var warning: String? {
        guard !isNative else { return nil }
        return
            "--precision bf16: this processor has neither AVX512_BF16 nor AMX, so that products take longer than in f32"
    }

    /// C = op(A)·op(B), or C += op(A)·op(B), summed in float32.
    static func multiply(
        _ shape: MatrixProduct,
        _ left: UnsafePointer<UInt16>,
        _ right: UnsafePointer<UInt16>,
        adding adds: Bool,
        into output: UnsafeMutablePointer<Float>
    ) {
        guard shape.rows > 0, shape.columns > 0 else { return }
        guard shape.inner > 0, co_product_run(product(shape, adds), left, right, output) else {
            preconditionFailure("oneDNN computes no product of \(shape)")
        }
    }

    private static func product(_ shape: MatrixProduct, _ adds: Bool) -> OpaquePointer {
        made.withLock { made in
            let key = Key(shape: shape, adds: adds)
            if let known = made[key] { return known }
            guard let new = co_product_make(shape.oneDNN(adds: adds)) else {
                preconditionFailure("oneDNN has no product of \(shape)")
            }
            made[key] = new
            return new
        }
    }
}
