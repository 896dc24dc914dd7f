import Kernels
import Testing

/// Differences in few bits.
@Suite struct SliceTypeTests {
    @Test(arguments: SliceType.allCases, [1, 31, 128, 129, 4000, 4096])
    func whatIsStoredIsWhatIsMixed(type: SliceType, count: Int) {
        let exact = normals(count, seed: 3).map { Float(1e-3 * $0) }
        let gradient = normals(count, seed: 4).map { Float($0) }
        var values = exact
        var stored = [UInt8](repeating: 0xAA, count: type.byteCount(of: count))
        store(count: count, &values, as: type, into: &stored)
        // Half of the last bit: of float32, of bfloat16's eight bits, and of 127 steps to a block's greatest.
        for (start, block) in stride(from: 0, to: count, by: 128).map({
            ($0, exact[$0..<min($0 + 128, count)])
        }) {
            let greatest = block.map(abs).max() ?? 0
            for (index, value) in block.enumerated() {
                let error = abs(values[start + index] - value)
                switch type {
                case .f32: #expect(error == 0)
                case .bf16: #expect(error <= abs(value) / 256)
                case .i8: #expect(error <= greatest / 254 * 1.0001)
                }
            }
        }
        var sum = gradient
        mix(count: count, 0.37, stored, stored: type, into: &sum)
        for index in 0..<count {
            let expected = Double(gradient[index]) + 0.37 * Double(values[index])
            #expect(abs(Double(sum[index]) - expected) <= 2e-7 * abs(expected) + 1e-9)
        }
        let terms = zip(gradient, values).map { Double($0) * Double($1) }
        let found = dot(count: count, gradient, stored, stored: type)
        // A scale times a number is rounded to float32 in `values`, and not in the sum.
        #expect(abs(found - terms.reduce(0, +)) <= 1e-7 * terms.map(abs).reduce(0, +))
    }

    @Test(arguments: SliceType.allCases, [Float.nan, .infinity]) func whatIsNotFiniteStaysSo(
        type: SliceType,
        wrong: Float
    ) {
        var values = [Float](repeating: 0.5, count: 300)
        values[200] = wrong
        var stored = [UInt8](repeating: 0, count: type.byteCount(of: values.count))
        store(count: values.count, &values, as: type, into: &stored)
        #expect(!values.map { $0 * $0 }.reduce(0, +).isFinite)
        let ones = [Float](repeating: 1, count: values.count)
        #expect(!dot(count: values.count, ones, stored, stored: type).isFinite)
    }

    @Test func nothingStaysNothing() {
        var values = [Float](repeating: 0, count: 130)
        var stored = [UInt8](repeating: 1, count: SliceType.i8.byteCount(of: values.count))
        store(count: values.count, &values, as: .i8, into: &stored)
        #expect(values.allSatisfy { $0 == 0 })
        #expect(SliceType.i8.byteCount(of: 4096) == 4096 + 32 * 4)
    }
}
