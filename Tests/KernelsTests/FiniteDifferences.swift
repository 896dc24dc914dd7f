import Kernels
import Randomness
import Testing

/// Random numbers of mean 0 and deviation 1.
func normals(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in stream.normal() }
}

/// Checks `gradient` against central differences of `loss` at `point`, element by element, in double.
func expectGradient(
    _ gradient: [Double],
    of loss: ([Double]) -> Double,
    at point: [Double],
    _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(gradient.count == point.count, sourceLocation: sourceLocation)
    let step = 1e-5
    for index in point.indices {
        var (above, below) = (point, point)
        above[index] += step
        below[index] -= step
        let difference = (loss(above) - loss(below)) / (2 * step)
        #expect(
            abs(gradient[index] - difference) <= 1e-8 + 1e-6 * abs(difference),
            "\(name)[\(index)]: \(gradient[index]) against \(difference)",
            sourceLocation: sourceLocation
        )
    }
}

/// Σ weights·output, the scalar that a kernel's output is checked through.
func weighted(_ output: [Double], _ weights: [Double]) -> Double {
    zip(output, weights).map(*).reduce(0, +)
}

/// Runs `body` with an epilogue that adds `bias`.
func adding<R: Real>(_ bias: [R], _ body: (Epilogue<R>) -> Void) {
    bias.withUnsafeBufferPointer { body(Epilogue(bias: $0.baseAddress)) }
}
