import CKernels

/// The number type that a graph is computed in: `Float` for work, `Double` to check gradients against differences.
package protocol Real: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    /// What holds the kernels of this type.
    static var compiled: CompiledKernels<Self> { get }
}

extension Real {
    /// The kernels of this type; each is documented at the function of this module that calls it.
    ///
    /// Read through a reference, so that generic code takes the one kernel that it calls and copies no table.
    @inline(__always)
    static var kernels: KernelTable<Self> { compiled.table }
}

/// Holds the kernels of one number type.
package final class CompiledKernels<R>: Sendable {
    let table: KernelTable<R>

    init(_ table: KernelTable<R>) {
        self.table = table
    }
}

/// The compiled kernels of one number type.
struct KernelTable<R>: Sendable {
    typealias Input = UnsafePointer<R>
    typealias Output = UnsafeMutablePointer<R>

    let matrixProduct: @Sendable (MatrixProduct, R, Input, Input, R, Output) -> Void
    /// A tile of a product of bfloat16 factors, and whether it is added to what is there; see `BFloat16Products`.
    let roundedProduct:
        @Sendable (MatrixProduct.Tile, UnsafePointer<UInt16>, UnsafePointer<UInt16>, Bool, Output) -> Void
    let roundToBFloat16: @Sendable (Int, Input, UnsafeMutablePointer<UInt16>) -> Void
    let layerNormForward: @Sendable (Int, Int, Bool, R, Input, Input, Input, Output, Output, Output) -> Void
    let layerNormBackwardInput:
        @Sendable (Int, Int, Bool, Input, Input, Input, Input, Input, Output, Bool) -> Void
    let layerNormBackwardParameters:
        @Sendable (Int, Int, Int, Input, Input, Input, Input, Output, Output, Bool) -> Void
    let functionForward: @Sendable (Int, ck_function, R, R, Input, Output) -> Void
    let finishRows: @Sendable (Int, Int, Int, Input?, Input?, Output, ck_function, R, R, Output?) -> Void
    let functionBackward: @Sendable (Int, ck_function, R, R, Input, Input, Output, Bool) -> Void
    let affineColumns: @Sendable (Int, Int, Input, Input, Input, Output) -> Void
    let columnMoments:
        @Sendable (
            Int, Int, Int, Input, UnsafePointer<Double>, UnsafeMutablePointer<Double>,
            UnsafeMutablePointer<Double>
        ) -> Void
    let affineColumnsBackwardInput: @Sendable (Int, Int, Input, Input, Output, Bool) -> Void
    let affineColumnsBackwardParameters: @Sendable (Int, Int, Int, Input, Input, Output, Output, Bool) -> Void
    let gatherColumns: @Sendable (ck_convolution, Int, Int, Int, Int, Int, Input, Output) -> Void
    let gatherGradients: @Sendable (ck_convolution, Int, Int, Int, Int, Int, Int, Input, Output) -> Void
    let scatterGradients: @Sendable (ck_convolution, Int, Int, Int, Int, Int, Input, Output) -> Void
    let padBlock: @Sendable (Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, Input, Output) -> Void
    let depthwiseBlock: @Sendable (ck_convolution, Int, Int, Int, Input, Input, Input?, Output, Bool) -> Void
    let depthwiseBlockWeights: @Sendable (ck_convolution, Int, Input, Input, Output) -> Void
    let maxPoolForward: @Sendable (ck_windows, Int, Int, Input, Output) -> Void
    let maxPoolBackward: @Sendable (ck_windows, Int, Int, Input, Input, Input, Output) -> Void
    let averagePoolForward:
        @Sendable (ck_windows, Int, Int, UnsafePointer<Double>, UnsafePointer<Double>, Input, Output) -> Void
    let averagePoolBackward:
        @Sendable (ck_windows, Int, Int, UnsafePointer<Double>, UnsafePointer<Double>, Input, Output) -> Void
    let gatherRows: @Sendable (Int, Int, UnsafePointer<Int64>, Input, Output) -> Void
    let gatherSums:
        @Sendable (Int, Int, UnsafePointer<Int64>, UnsafePointer<Int64>, Input, Output, Bool) -> Void
    let addScaled: @Sendable (Int, Input, Int, R, Input, Int, Output) -> Void
    let multiply: @Sendable (Int, Input, Int, Input, Int, Output, Bool) -> Void
    let sumOfProducts: @Sendable (Int, Input, Input, Int) -> R
    let multiplyRows: @Sendable (Int, Int, Input, Int, Input, Int, Int, Output, Int, Bool) -> Void
    let copyStrided: @Sendable (Int, Int, Input, Int, Int, Output, Int, Int, Bool) -> Void
    let softMaxForward: @Sendable (Int, Int, Output) -> Void
    let softMaxBackward: @Sendable (Int, Int, Input, Output) -> Void
    let add: @Sendable (Int, Input, Input, Output) -> Void
    let accumulate: @Sendable (Int, Input, Output) -> Void
    let scale: @Sendable (Int, R, Input, Output) -> Void
    let columnSums: @Sendable (Int, Int, Int, Input, Output, Bool) -> Void
    let extractPatches: @Sendable (Int, Int, Int, Int, Int, Input, Output) -> Void
    let crossEntropyForward: @Sendable (Int, Int, R, Input, Input, Output) -> Double
    let crossEntropyBackward: @Sendable (Int, Int, R, Input, Input, Input, R, Output) -> Double
}

extension Float: Real {
    package static let compiled = CompiledKernels(
        KernelTable<Float>(
            matrixProduct: { shape, alpha, left, right, beta, output in
                ProductLibrary.current.multiply(shape, scale: alpha, left, right, keeping: beta, into: output)
            },
            roundedProduct: { tile, left, right, adds, output in
                BFloat16Products.multiply(
                    tile.shape,
                    left + tile.left,
                    right + tile.right,
                    adding: adds,
                    into: output + tile.output
                )
            },
            roundToBFloat16: ck_bf16_from_f32,
            layerNormForward: ck_layer_norm_forward_f32,
            layerNormBackwardInput: ck_layer_norm_backward_input_f32,
            layerNormBackwardParameters: ck_layer_norm_backward_parameters_f32,
            functionForward: ck_function_forward_f32,
            finishRows: ck_finish_rows_f32,
            functionBackward: ck_function_backward_f32,
            affineColumns: ck_affine_columns_f32,
            columnMoments: ck_column_moments_f32,
            affineColumnsBackwardInput: ck_affine_columns_backward_input_f32,
            affineColumnsBackwardParameters: ck_affine_columns_backward_parameters_f32,
            gatherColumns: ck_gather_columns_f32,
            gatherGradients: ck_gather_gradients_f32,
            scatterGradients: ck_scatter_gradients_f32,
            padBlock: ck_pad_block_f32,
            depthwiseBlock: ck_depthwise_block_f32,
            depthwiseBlockWeights: ck_depthwise_block_weights_f32,
            maxPoolForward: ck_max_pool_forward_f32,
            maxPoolBackward: ck_max_pool_backward_f32,
            averagePoolForward: ck_average_pool_forward_f32,
            averagePoolBackward: ck_average_pool_backward_f32,
            gatherRows: ck_gather_rows_f32,
            gatherSums: ck_gather_sums_f32,
            addScaled: ck_add_scaled_f32,
            multiply: ck_multiply_f32,
            sumOfProducts: ck_sum_of_products_f32,
            multiplyRows: ck_multiply_rows_f32,
            copyStrided: ck_copy_strided_f32,
            softMaxForward: ck_soft_max_forward_f32,
            softMaxBackward: ck_soft_max_backward_f32,
            add: ck_add_f32,
            accumulate: ck_accumulate_f32,
            scale: ck_scale_f32,
            columnSums: ck_column_sums_f32,
            extractPatches: ck_extract_patches_f32,
            crossEntropyForward: ck_cross_entropy_forward_f32,
            crossEntropyBackward: ck_cross_entropy_backward_f32
        )
    )
}

extension Double: Real {
    package static let compiled = CompiledKernels(
        KernelTable<Double>(
            matrixProduct: { shape, alpha, left, right, beta, output in
                shape.double(alpha, left, right, beta, output)
            },
            roundedProduct: { _, _, _, _, _ in
                preconditionFailure("products in bfloat16 have a float32 result")
            },
            roundToBFloat16: { _, _, _ in preconditionFailure("products in bfloat16 have a float32 result") },
            layerNormForward: ck_layer_norm_forward_f64,
            layerNormBackwardInput: ck_layer_norm_backward_input_f64,
            layerNormBackwardParameters: ck_layer_norm_backward_parameters_f64,
            functionForward: ck_function_forward_f64,
            finishRows: ck_finish_rows_f64,
            functionBackward: ck_function_backward_f64,
            affineColumns: ck_affine_columns_f64,
            columnMoments: ck_column_moments_f64,
            affineColumnsBackwardInput: ck_affine_columns_backward_input_f64,
            affineColumnsBackwardParameters: ck_affine_columns_backward_parameters_f64,
            gatherColumns: ck_gather_columns_f64,
            gatherGradients: ck_gather_gradients_f64,
            scatterGradients: ck_scatter_gradients_f64,
            padBlock: ck_pad_block_f64,
            depthwiseBlock: ck_depthwise_block_f64,
            depthwiseBlockWeights: ck_depthwise_block_weights_f64,
            maxPoolForward: ck_max_pool_forward_f64,
            maxPoolBackward: ck_max_pool_backward_f64,
            averagePoolForward: ck_average_pool_forward_f64,
            averagePoolBackward: ck_average_pool_backward_f64,
            gatherRows: ck_gather_rows_f64,
            gatherSums: ck_gather_sums_f64,
            addScaled: ck_add_scaled_f64,
            multiply: ck_multiply_f64,
            sumOfProducts: ck_sum_of_products_f64,
            multiplyRows: ck_multiply_rows_f64,
            copyStrided: ck_copy_strided_f64,
            softMaxForward: ck_soft_max_forward_f64,
            softMaxBackward: ck_soft_max_backward_f64,
            add: ck_add_f64,
            accumulate: ck_accumulate_f64,
            scale: ck_scale_f64,
            columnSums: ck_column_sums_f64,
            extractPatches: ck_extract_patches_f64,
            crossEntropyForward: ck_cross_entropy_forward_f64,
            crossEntropyBackward: ck_cross_entropy_backward_f64
        )
    )
}
