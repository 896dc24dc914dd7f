import Kernels
import Testing
import Threads

/// A linear layer in bfloat16 against sums in double over factors that are rounded to bfloat16, as Intel defines it.
@Suite(.enabled(if: BFloat16Products.isAvailable, "oneDNN has products in bfloat16 here"))
struct RoundedLinearTests {
    private static let shapes = [(1, 1, 1), (3, 40, 17), (130, 72, 200), (250, 384, 1152)]

    @Test(arguments: shapes, [1, 3]) func followsRoundedFactors(
        _ shape: (rows: Int, inputs: Int, outputs: Int),
        threads: Int
    ) {
        let (rows, inputs, outputs) = shape
        func values(_ count: Int, _ seed: UInt64) -> [Float] { normals(count, seed: seed).map { Float($0) } }
        let (input, weight, bias) = (
            values(rows * inputs, 1), values(outputs * inputs, 2), values(outputs, 3)
        )
        let dOutput = values(rows * outputs, 4)
        var halves = [UInt16](repeating: 0, count: weight.count)
        roundToBFloat16(count: weight.count, weight, into: &halves)
        var room = [UInt16](repeating: 0, count: rows * (inputs + outputs))
        var output = [Float](repeating: .nan, count: rows * outputs)
        var (dInput, dWeight) = (values(rows * inputs, 5), values(outputs * inputs, 6))
        let (dInputBefore, dWeightBefore) = (dInput, dWeight)
        var dBias = [Float](repeating: 0, count: outputs)
        let nothing = [Float](repeating: .nan, count: weight.count)
        let team = Team(threads: threads)
        halves.withUnsafeBufferPointer { halves in
            room.withUnsafeMutableBufferPointer { room in
                guard let weight = halves.baseAddress, let rowRoom = room.baseAddress else { return }
                let rounded = RoundedWeight(weight: weight, rows: rowRoom)
                adding(bias) { epilogue in
                    linearForward(
                        on: team,
                        rows: rows,
                        inputs: inputs,
                        outputs: outputs,
                        input: input,
                        weight: nothing,
                        rounded: rounded,
                        epilogue: epilogue,
                        output: &output
                    )
                }
                linearBackward(
                    on: team,
                    rows: rows,
                    inputs: inputs,
                    outputs: outputs,
                    input: input,
                    weight: nothing,
                    rounded: rounded,
                    dOutput: dOutput,
                    dInput: &dInput,
                    addInput: true,
                    dWeight: &dWeight,
                    dBias: &dBias,
                    addParameters: true
                )
            }
        }
        let (x, w, dy) = (input.map(Self.rounded), weight.map(Self.rounded), dOutput.map(Self.rounded))
        for position in stride(from: 0, to: rows * outputs, by: 97) {
            let (row, column) = position.quotientAndRemainder(dividingBy: outputs)
            let terms = (0..<inputs).map { x[row * inputs + $0] * w[column * inputs + $0] }
            #expect(Self.agree(output[position], terms + [Double(bias[column])]), "y at \(position)")
        }
        for position in stride(from: 0, to: rows * inputs, by: 97) {
            let (row, column) = position.quotientAndRemainder(dividingBy: inputs)
            let terms = (0..<outputs).map { dy[row * outputs + $0] * w[$0 * inputs + column] }
            #expect(
                Self.agree(dInput[position], terms + [Double(dInputBefore[position])]),
                "dx at \(position)"
            )
        }
        for position in stride(from: 0, to: outputs * inputs, by: 97) {
            let (row, column) = position.quotientAndRemainder(dividingBy: inputs)
            let terms = (0..<rows).map { dy[$0 * outputs + row] * x[$0 * inputs + column] }
            #expect(
                Self.agree(dWeight[position], terms + [Double(dWeightBefore[position])]),
                "dW at \(position)"
            )
        }
        for column in 0..<outputs {
            #expect(Self.agree(dBias[column], (0..<rows).map { Double(dOutput[$0 * outputs + column]) }))
        }
    }

    /// Whether a float32 sum is right to the rounding of its parts.
    private static func agree(_ found: Float, _ terms: [Double]) -> Bool {
        abs(Double(found) - terms.reduce(0, +)) <= 1e-6 * terms.map(abs).reduce(0, +) + 1e-37
    }

    /// To the nearest number of eight significant bits, half to even.
    private static func rounded(_ value: Float) -> Double {
        guard value != 0 else { return 0 }
        let unit = Double(sign: .plus, exponent: value.exponent - 7, significand: 1)
        return (Double(value) / unit).rounded(.toNearestOrEven) * unit
    }
}
