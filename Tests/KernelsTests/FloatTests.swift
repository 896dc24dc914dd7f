import Foundation
import Kernels
import Testing

/// The float kernels against the double ones, which stand on the C library's functions.
@Suite struct FloatTests {
    @Test func geluIsAccurateEverywhere() {
        let x = stride(from: Float(-14), through: 14, by: 0.00037).map { $0 }
        let ones = [Float](repeating: 1, count: x.count)
        var (y, dy) = (ones, ones)
        functionForward(on: .alone, .gelu, count: x.count, input: x, output: &y)
        functionBackward(
            on: .alone,
            .gelu,
            count: x.count,
            value: x,
            dOutput: ones,
            dInput: &dy,
            adding: false
        )
        for (index, value) in x.enumerated() {
            let exact = Double(value)
            let tail = 0.5 * erfc(-exact / 2.0.squareRoot())
            let density = exp(-exact * exact / 2) / (2 * Double.pi).squareRoot()
            let gelu = exact * tail
            let slope = tail + exact * density
            // A few roundings of the polynomial, and of the exponent x²/2, which move e^(−x²/2) by x²·6e-8 of itself.
            let relative = 5e-7 + exact * exact * 6e-8
            #expect(abs(Double(y[index]) - gelu) <= relative * abs(gelu) + 1e-37, "gelu(\(value))")
            #expect(abs(Double(dy[index]) - slope) <= 5e-7, "gelu'(\(value))")
        }
    }

    @Test(arguments: [1, 7, 50, 197]) func softMax(tokens: Int) {
        let shape = AttentionShape(tokens: tokens, heads: 1, headChannels: 1)
        let fused = normals(3 * tokens, seed: 9).map { 4 * $0 }
        var exact = [Double](repeating: 0, count: tokens * tokens)
        var output = [Double](repeating: 0, count: tokens)
        attentionForward(
            on: .alone,
            batch: 1,
            shape: shape,
            fused: fused,
            probabilities: &exact,
            output: &output
        )
        var single = [Float](repeating: 0, count: tokens * tokens)
        var singleOutput = [Float](repeating: 0, count: tokens)
        attentionForward(
            on: .alone,
            batch: 1,
            shape: shape,
            fused: fused.map { Float($0) },
            probabilities: &single,
            output: &singleOutput
        )
        for (found, expected) in zip(single, exact) {
            // Scores reach about 100, whose rounding to float32 alone moves a probability by 1e-5 of itself.
            #expect(abs(Double(found) - expected) <= 2e-5 * expected + 1e-37)
        }
    }

    @Test(arguments: [1, 31, 32, 33, 4096]) func mixingAndDots(count: Int) {
        let (a, b) = (normals(count, seed: 1).map { Float($0) }, normals(count, seed: 2).map { Float($0) })
        var rounded = [UInt16](repeating: 0, count: count)
        roundToBFloat16(count: count, b, into: &rounded)
        let widened = rounded.map { Float(bitPattern: UInt32($0) << 16) }
        let exact = zip(a, b).map { Double($0) * Double($1) }.reduce(0, +)
        let exactRounded = zip(a, widened).map { Double($0) * Double($1) }.reduce(0, +)
        #expect(abs(dot(count: count, a, b, stored: .f32) - exact) <= 1e-12 * Double(count))
        #expect(abs(dot(count: count, a, rounded, stored: .bf16) - exactRounded) <= 1e-12 * Double(count))
        var (sum, sumRounded) = (a, a)
        mix(count: count, 0.37, b, stored: .f32, into: &sum)
        mix(count: count, 0.37, rounded, stored: .bf16, into: &sumRounded)
        for index in 0..<count {
            #expect(abs(sum[index] - (a[index] + 0.37 * b[index])) <= 1e-6)
            #expect(abs(sumRounded[index] - (a[index] + 0.37 * widened[index])) <= 1e-6)
            #expect(abs(widened[index] - b[index]) <= abs(b[index]) / 256)
        }
    }

    @Test func kernelSetIsNamed() {
        #expect(!KernelSet.current.matrices.isEmpty)
        #expect(["avx512", "avx2", "baseline"].contains(KernelSet.current.vectors))
    }
}
