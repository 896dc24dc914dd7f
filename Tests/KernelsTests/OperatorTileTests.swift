import Kernels
import Testing
import Threads

/// Operators whose tiles are of several kinds, on many threads: the bits of one thread, at ViT-S/16's sizes.
@Suite struct OperatorTileTests {
    private static let threads = [2, 3, 16]

    init() { KernelSet.useCallingThreadOnly() }

    private func values(_ count: Int, _ seed: UInt64) -> [Float] {
        normals(count, seed: seed).map { Float($0) }
    }

    @Test(arguments: [(394, 384, 384), (394, 96, 384), (7, 384, 1000), (1, 768, 130)])
    func linear(rows: Int, inputs: Int, outputs: Int) {
        let (x, w, b) = (values(rows * inputs, 1), values(outputs * inputs, 2), values(outputs, 3))
        let dOutput = values(rows * outputs, 4)
        let (dx, dw, db) = (values(rows * inputs, 5), values(outputs * inputs, 6), values(outputs, 7))
        func results(on team: Team) -> [[Float]] {
            var output = [Float](repeating: .nan, count: rows * outputs)
            adding(b) { epilogue in
                linearForward(
                    on: team,
                    rows: rows,
                    inputs: inputs,
                    outputs: outputs,
                    input: x,
                    weight: w,
                    epilogue: epilogue,
                    output: &output
                )
            }
            var (dInput, dWeight, dBias) = (dx, dw, db)
            linearBackward(
                on: team,
                rows: rows,
                inputs: inputs,
                outputs: outputs,
                input: x,
                weight: w,
                dOutput: dOutput,
                dInput: &dInput,
                addInput: true,
                dWeight: &dWeight,
                dBias: &dBias,
                addParameters: true
            )
            return [output, dInput, dWeight, dBias]
        }
        let alone = results(on: .alone)
        for threads in Self.threads {
            let isSame = results(on: Team(threads: threads)) == alone
            #expect(isSame, "\(threads) threads")
        }
        for column in 0..<outputs {
            let terms = [Double(db[column])] + (0..<rows).map { Double(dOutput[$0 * outputs + column]) }
            let size = terms.map(abs).reduce(0, +)
            #expect(abs(Double(alone[3][column]) - terms.reduce(0, +)) <= 1e-6 * size, "column \(column)")
        }
    }

    @Test(arguments: [(50, 1), (129, 1), (197, 1), (49, 3)]) func attention(tokens: Int, sets: Int) {
        let shape = AttentionShape(
            tokens: tokens,
            heads: 6,
            headChannels: 64,
            sets: sets,
            biasSets: sets,
            biasHeads: 6
        )
        let batch = 2
        let fused = values(batch * sets * tokens * 3 * shape.channels, 1)
        let dOutput = values(batch * sets * tokens * shape.channels, 2)
        let bias = values(shape.probabilityCount, 3)
        func results(on team: Team) -> [[Float]] {
            var probabilities = [Float](repeating: .nan, count: batch * shape.probabilityCount)
            var output = [Float](repeating: .nan, count: dOutput.count)
            attentionForward(
                on: team,
                batch: batch,
                shape: shape,
                fused: fused,
                bias: bias,
                probabilities: &probabilities,
                output: &output
            )
            var dFused = [Float](repeating: .nan, count: fused.count)
            var dScores = [Float](repeating: .nan, count: probabilities.count)
            attentionBackward(
                on: team,
                batch: batch,
                shape: shape,
                fused: fused,
                probabilities: probabilities,
                dOutput: dOutput,
                dFused: &dFused,
                dScores: &dScores
            )
            var dBias = [Float](repeating: .nan, count: bias.count)
            attentionBiasGradient(
                on: team,
                batch: batch,
                shape: shape,
                dScores: dScores,
                dBias: &dBias,
                adding: false
            )
            return [probabilities, output, dFused, dBias]
        }
        let alone = results(on: .alone)
        let isFinite = alone.joined().allSatisfy { $0.isFinite }
        #expect(isFinite)
        for threads in Self.threads {
            let isSame = results(on: Team(threads: threads)) == alone
            #expect(isSame, "\(threads) threads")
        }
    }

    @Test(arguments: [(394, 384), (5, 1000), (1, 1)]) func layerNorm(rows: Int, channels: Int) {
        let (x, dOutput) = (values(rows * channels, 1), values(rows * channels, 2))
        let (w, b) = (values(channels, 3), values(channels, 4))
        func results(on team: Team) -> [[Float]] {
            var output = [Float](repeating: .nan, count: x.count)
            var mean = [Float](repeating: .nan, count: rows)
            var rstd = mean
            layerNormForward(
                on: team,
                rows: rows,
                channels: channels,
                epsilon: 1e-6,
                input: x,
                weight: w,
                bias: b,
                output: &output,
                mean: &mean,
                rstd: &rstd
            )
            var (dInput, dWeight, dBias) = (output, w, b)
            layerNormBackward(
                on: team,
                rows: rows,
                channels: channels,
                input: x,
                weight: w,
                mean: mean,
                rstd: rstd,
                dOutput: dOutput,
                dInput: &dInput,
                addInput: false,
                dWeight: &dWeight,
                dBias: &dBias,
                addParameters: true
            )
            return [output, mean, rstd, dInput, dWeight, dBias]
        }
        let alone = results(on: .alone)
        let isFinite = alone.joined().allSatisfy { $0.isFinite }
        #expect(isFinite)
        for threads in Self.threads {
            let isSame = results(on: Team(threads: threads)) == alone
            #expect(isSame, "\(threads) threads")
        }
    }
}
