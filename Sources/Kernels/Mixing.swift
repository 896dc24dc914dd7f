import CKernels

/// How the differences of the ingredients from the centre are stored.
package enum SliceType: String, Sendable, CaseIterable {
    case f32
    case bf16
    /// 8 bits, and a scale (float32) for each 128 elements of a chunk.
    case i8

    /// Bytes of `count` elements.
    package func byteCount(of count: Int) -> Int {
        switch self {
        case .f32: 4 * count
        case .bf16: 2 * count
        case .i8: (count + ck_i8_block() - 1) / ck_i8_block() * (ck_i8_block() + 4)
        }
    }
}

/// Stores differences; `values` become what is read from there.
package func store(
    count: Int,
    _ values: UnsafeMutablePointer<Float>,
    as type: SliceType,
    into output: UnsafeMutableRawPointer
) {
    switch type {
    case .f32: output.copyMemory(from: values, byteCount: 4 * count)
    case .bf16:
        let rounded = output.assumingMemoryBound(to: UInt16.self)
        ck_bf16_from_f32(count, values, rounded)
        ck_f32_from_bf16(count, rounded, values)
    case .i8:
        ck_i8_from_f32(count, values, output)
        ck_f32_from_i8(count, output, values)
    }
}

/// sum += coefficient·difference, elementwise, in float32.
package func mix(
    count: Int,
    _ coefficient: Float,
    _ difference: UnsafeRawPointer,
    stored type: SliceType,
    into sum: UnsafeMutablePointer<Float>
) {
    switch type {
    case .f32: ck_mix_f32(count, coefficient, difference.assumingMemoryBound(to: Float.self), sum)
    case .bf16: ck_mix_bf16(count, coefficient, difference.assumingMemoryBound(to: UInt16.self), sum)
    case .i8: ck_mix_i8(count, coefficient, difference, sum)
    }
}

/// Σ gradient·difference in double, in an order that depends on `count` alone.
package func dot(
    count: Int,
    _ gradient: UnsafePointer<Float>,
    _ difference: UnsafeRawPointer,
    stored type: SliceType
) -> Double {
    switch type {
    case .f32: ck_dot_f32(count, gradient, difference.assumingMemoryBound(to: Float.self))
    case .bf16: ck_dot_bf16(count, gradient, difference.assumingMemoryBound(to: UInt16.self))
    case .i8: ck_dot_i8(count, gradient, difference)
    }
}

/// sum += coefficient·input, elementwise, in double.
package func mix(
    count: Int,
    _ coefficient: Double,
    _ input: UnsafePointer<Float>,
    into sum: UnsafeMutablePointer<Double>
) {
    ck_mix_f64(count, coefficient, input, sum)
}

/// Rounds to bfloat16, to nearest even.
package func roundToBFloat16(
    count: Int,
    _ input: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<UInt16>
) {
    ck_bf16_from_f32(count, input, output)
}

/// Widens bfloat16 to float32, exactly.
package func widenBFloat16(
    count: Int,
    _ input: UnsafePointer<UInt16>,
    into output: UnsafeMutablePointer<Float>
) {
    ck_f32_from_bf16(count, input, output)
}
