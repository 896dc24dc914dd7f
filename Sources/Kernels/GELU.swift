/// y = x·Φ(x), Φ the normal distribution's integral: the exact form, by erf (Hendrycks, Gimpel 2016).
package func geluForward<R: Real>(
    count: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    R.kernels.geluForward(count, input, output)
}

/// dx = dy·(Φ(x) + x·φ(x)).
package func geluBackward<R: Real>(
    count: Int,
    input: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>
) {
    R.kernels.geluBackward(count, input, dOutput, dInput)
}
