/// y = x·σ(1.702·x), the approximation of GELU that OpenAI's CLIP was trained with (Hendrycks, Gimpel 2016).
package func quickGELUForward<R: Real>(
    count: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    R.kernels.quickGELUForward(count, input, output)
}

/// dx = dy·(σ + 1.702·x·σ·(1 − σ)), σ at 1.702·x.
package func quickGELUBackward<R: Real>(
    count: Int,
    input: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>
) {
    R.kernels.quickGELUBackward(count, input, dOutput, dInput)
}
