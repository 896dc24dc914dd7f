/// The shape of a linear layer over rows, and of its three matrix products.
package struct LinearShape: Sendable {
    package let rows: Int
    package let inputs: Int
    package let outputs: Int

    package init(rows: Int, inputs: Int, outputs: Int) {
        self.rows = rows
        self.inputs = inputs
        self.outputs = outputs
    }

    /// x·Wᵀ.
    package var forward: MatrixProduct {
        MatrixProduct(rows: rows, columns: outputs, inner: inputs, transposeRight: true)
    }

    /// dW = dyᵀ·x.
    package var weightGradient: MatrixProduct {
        MatrixProduct(rows: outputs, columns: inputs, inner: rows, transposeLeft: true)
    }

    /// dx = dy·W.
    package var inputGradient: MatrixProduct {
        MatrixProduct(rows: rows, columns: inputs, inner: outputs)
    }
}

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
    let shape = LinearShape(rows: rows, inputs: inputs, outputs: outputs)
    multiply(shape.forward, input, weight, into: output)
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
    let shape = LinearShape(rows: rows, inputs: inputs, outputs: outputs)
    multiply(shape.weightGradient, dOutput, input, keeping: addParameters ? 1 : 0, into: dWeight)
    if let dBias { R.kernels.columnSums(rows, outputs, dOutput, dBias, addParameters) }
    if let dInput {
        multiply(shape.inputGradient, dOutput, weight, keeping: addInput ? 1 : 0, into: dInput)
    }
}
