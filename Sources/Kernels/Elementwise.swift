import CKernels

/// output = left + right; `output` may be one of them.
package func add<R: Real>(
    count: Int,
    _ left: UnsafePointer<R>,
    _ right: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    R.kernels.add(count, left, right, output)
}

/// sum += input.
package func accumulate<R: Real>(count: Int, _ input: UnsafePointer<R>, into sum: UnsafeMutablePointer<R>) {
    R.kernels.accumulate(count, input, sum)
}

/// output = factor · input; `output` may be `input`.
package func scale<R: Real>(
    count: Int,
    _ factor: R,
    _ input: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    R.kernels.scale(count, factor, input, output)
}

/// destination = source, or destination += source.
package func copy<R: Real>(
    count: Int,
    _ source: UnsafePointer<R>,
    into destination: UnsafeMutablePointer<R>,
    adding: Bool = false
) {
    if adding {
        accumulate(count: count, source, into: destination)
    } else {
        destination.update(from: source, count: count)
    }
}

/// values −= centre, in float32.
package func subtract(count: Int, _ centre: UnsafePointer<Float>, from values: UnsafeMutablePointer<Float>) {
    ck_subtract(count, centre, values)
}
