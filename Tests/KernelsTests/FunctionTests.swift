import Foundation
import Testing

@testable import Kernels

/// Functions of one number: values by the C library, slopes by finite differences.
@Suite struct FunctionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let function: Function
        let value: @Sendable (Double) -> Double
        /// Where it is looked at.
        var range = -4.0...4.0

        var testDescription: String { "\(function)" }
    }

    static let cases = [
        Case(function: .affine(factor: -2, summand: 3), value: { -2 * $0 + 3 }),
        Case(function: .relu, value: { max($0, 0) }),
        Case(function: .leakyReLU(slope: 0.1), value: { $0 > 0 ? $0 : 0.1 * $0 }),
        Case(function: .clamp(-1, 2), value: { min(max($0, -1), 2) }),
        Case(function: .hardTanh(0, 3), value: { min(max($0, 0), 3) }),
        Case(function: .sigmoid, value: { 1 / (1 + exp(-$0)) }),
        Case(function: .tanh, value: { tanh($0) }),
        Case(function: .silu, value: { $0 / (1 + exp(-$0)) }),
        Case(function: .hardSigmoid, value: { min(max($0 / 6 + 0.5, 0), 1) }),
        Case(function: .hardSwish, value: { $0 * min(max($0 / 6 + 0.5, 0), 1) }),
        Case(function: .gelu, value: { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }),
        Case(function: .quickGELU, value: { $0 / (1 + exp(-1.702 * $0)) }),
        Case(
            function: .geluByTanh,
            value: { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
        ),
        Case(function: .elu(scale: 0.7), value: { $0 > 0 ? $0 : 0.7 * expm1($0) }),
        Case(function: .exp, value: { exp($0) }),
        Case(function: .log, value: { log($0) }, range: 0.1...4),
        Case(function: .square, value: { $0 * $0 }),
        Case(function: .squareRoot, value: { $0.squareRoot() }, range: 0.1...4),
        Case(function: .reciprocalSquareRoot, value: { 1 / $0.squareRoot() }, range: 0.1...4),
        Case(function: .reciprocal, value: { 1 / $0 }, range: 0.1...4),
        Case(function: .power(1.7), value: { pow($0, 1.7) }, range: 0.1...4),
        Case(function: .absolute, value: { abs($0) }),
        Case(function: .softPlus, value: { log1p(exp($0)) }),
    ]

    /// Some numbers of the range, none of them where a slope jumps.
    private static func points(_ range: ClosedRange<Double>) -> [Double] {
        let step = (range.upperBound - range.lowerBound) / 41
        return (0..<41).map { range.lowerBound + (Double($0) + 0.437) * step }
    }

    @Test(arguments: cases) func valuesAndSlopes(_ given: Case) {
        let x = Self.points(given.range)
        let dOutput = normals(x.count, seed: 3)
        var y = [Double](repeating: .nan, count: x.count)
        functionForward(on: .alone, given.function, count: x.count, input: x, output: &y)
        for (a, b) in zip(y, x.map(given.value)) { #expect(abs(a - b) <= 1e-14 * (1 + abs(b))) }
        for (adding, start) in [(false, Double.nan), (true, 2)] {
            var dInput = [Double](repeating: start, count: x.count)
            functionBackward(
                on: .alone,
                given.function,
                count: x.count,
                value: given.function.isKnownByOutput ? y : x,
                dOutput: dOutput,
                dInput: &dInput,
                adding: adding
            )
            for index in x.indices {
                let difference = (given.value(x[index] + 1e-5) - given.value(x[index] - 1e-5)) / 2e-5
                let expected = dOutput[index] * difference + (adding ? 2 : 0)
                #expect(abs(dInput[index] - expected) <= 1e-8 * (1 + abs(expected)), "\(x[index])")
            }
        }
    }

    @Test(arguments: cases) func floatsAreNear(_ given: Case) {
        let x = Self.points(given.range)
        let single = x.map { Float($0) }
        var y = [Float](repeating: .nan, count: x.count)
        functionForward(on: .alone, given.function, count: x.count, input: single, output: &y)
        for (found, x) in zip(y, single) {
            let expected = given.value(Double(x))
            #expect(abs(Double(found) - expected) <= 1e-6 * (1 + abs(expected)), "\(x)")
        }
    }
}
