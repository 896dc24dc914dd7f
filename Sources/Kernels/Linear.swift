/// y = x·Wᵀ + b.
///
/// * `input`: rows × inputs
/// * `weight`: outputs × inputs
/// * `bias`: outputs, or nil
/// * `output`: rows × outputs
package func linearForward<R: Real>(
    rows: Int,
    inputs: Int,
    outputs: Int,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    bias: UnsafePointer<R>?,
    output: UnsafeMutablePointer<R>
) {
    let product = MatrixProduct(rows: rows, columns: outputs, inner: inputs, transposeRight: true)
    multiply(product, input, weight, into: output)
    if let bias { R.kernels.addBias(rows, outputs, bias, output) }
}

/// The gradients of `linearForward`: dx = dy·W, dW = dyᵀ·x, db = Σ over rows of dy.
///
/// * `dInput`: nil where the input needs no gradient
/// * `addInput`: adds to `dInput` instead of overwriting it
/// * `addParameters`: adds to `dWeight` and `dBias` instead of overwriting them
package func linearBackward<R: Real>(
    rows: Int,
    inputs: Int,
    outputs: Int,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>?,
    addInput: Bool,
    dWeight: UnsafeMutablePointer<R>,
    dBias: UnsafeMutablePointer<R>?,
    addParameters: Bool
) {
    let weightProduct = MatrixProduct(rows: outputs, columns: inputs, inner: rows, transposeLeft: true)
    multiply(weightProduct, dOutput, input, keeping: addParameters ? 1 : 0, into: dWeight)
    if let dBias { R.kernels.columnSums(rows, outputs, dOutput, dBias, addParameters) }
    if let dInput {
        let inputProduct = MatrixProduct(rows: rows, columns: inputs, inner: outputs)
        multiply(inputProduct, dOutput, weight, keeping: addInput ? 1 : 0, into: dInput)
    }
}
