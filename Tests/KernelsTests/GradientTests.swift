import Foundation
import Kernels
import Testing

/// Every kernel's backward against finite differences of its forward, in double.
@Suite struct GradientTests {
    @Test func linear() {
        let (rows, inputs, outputs) = (5, 4, 3)
        func forward(_ x: [Double], _ w: [Double], _ b: [Double]) -> [Double] {
            var y = [Double](repeating: 0, count: rows * outputs)
            adding(b) { epilogue in
                linearForward(
                    on: .alone,
                    rows: rows,
                    inputs: inputs,
                    outputs: outputs,
                    input: x,
                    weight: w,
                    epilogue: epilogue,
                    output: &y
                )
            }
            return y
        }
        let (x, w, b) = (normals(20, seed: 1), normals(12, seed: 2), normals(3, seed: 3))
        let r = normals(15, seed: 4)
        // Closed form of one element, so that the forward itself is pinned down.
        let expected = (0..<inputs).map { x[inputs + $0] * w[2 * inputs + $0] }.reduce(b[2], +)
        #expect(abs(forward(x, w, b)[outputs + 2] - expected) < 1e-12)
        for adding in [false, true] {
            let start = adding ? 7.0 : .nan
            var dx = [Double](repeating: start, count: x.count)
            var dw = [Double](repeating: start, count: w.count)
            var db = [Double](repeating: start, count: b.count)
            linearBackward(
                on: .alone,
                rows: rows,
                inputs: inputs,
                outputs: outputs,
                input: x,
                weight: w,
                dOutput: r,
                dInput: &dx,
                addInput: adding,
                dWeight: &dw,
                dBias: &db,
                addParameters: adding
            )
            if adding { (dx, dw, db) = (dx.map { $0 - 7 }, dw.map { $0 - 7 }, db.map { $0 - 7 }) }
            expectGradient(dx, of: { weighted(forward($0, w, b), r) }, at: x, "dInput")
            expectGradient(dw, of: { weighted(forward(x, $0, b), r) }, at: w, "dWeight")
            expectGradient(db, of: { weighted(forward(x, w, $0), r) }, at: b, "dBias")
        }
    }

    @Test(arguments: [(3, true), (70, true), (3, false), (70, false)])
    func layerNorm(channels: Int, isCentred: Bool) {
        let rows = 4
        var mean = [Double](repeating: 0, count: rows)
        var rstd = mean
        func forward(_ x: [Double], _ w: [Double], _ b: [Double]) -> [Double] {
            var y = [Double](repeating: 0, count: rows * channels)
            layerNormForward(
                on: .alone,
                rows: rows,
                channels: channels,
                isCentred: isCentred,
                epsilon: 1e-3,
                input: x,
                weight: w,
                bias: b,
                output: &y,
                mean: &mean,
                rstd: &rstd
            )
            return y
        }
        let x = normals(rows * channels, seed: 1)
        let (w, b) = (normals(channels, seed: 2), normals(channels, seed: 3))
        let r = normals(rows * channels, seed: 4)
        for adding in [false, true] {
            _ = forward(x, w, b)
            let start = adding ? -2.0 : .nan
            var dx = [Double](repeating: start, count: x.count)
            var dw = [Double](repeating: start, count: w.count)
            var db = [Double](repeating: start, count: b.count)
            layerNormBackward(
                on: .alone,
                rows: rows,
                channels: channels,
                isCentred: isCentred,
                input: x,
                weight: w,
                mean: mean,
                rstd: rstd,
                dOutput: r,
                dInput: &dx,
                addInput: adding,
                dWeight: &dw,
                dBias: &db,
                addParameters: adding
            )
            if adding { (dx, dw, db) = (dx.map { $0 + 2 }, dw.map { $0 + 2 }, db.map { $0 + 2 }) }
            expectGradient(dx, of: { weighted(forward($0, w, b), r) }, at: x, "dInput")
            expectGradient(dw, of: { weighted(forward(x, $0, b), r) }, at: w, "dWeight")
            expectGradient(db, of: { weighted(forward(x, w, $0), r) }, at: b, "dBias")
        }
    }

    /// Few tokens, and so many that a head has several tiles; sets of tokens; biases for all sets and heads, or for each.
    @Test(arguments: [
        AttentionShape(tokens: 5, heads: 2, headChannels: 3),
        AttentionShape(tokens: 131, heads: 1, headChannels: 2),
        AttentionShape(tokens: 5, heads: 2, headChannels: 3, sets: 3, biasHeads: 2),
        AttentionShape(tokens: 4, heads: 2, headChannels: 3, sets: 3, biasSets: 3, biasHeads: 2),
        AttentionShape(tokens: 4, heads: 2, headChannels: 3, sets: 3, biasSets: 3),
    ])
    func attention(shape: AttentionShape) {
        let batch = 2
        let rows = batch * shape.sets * shape.tokens
        var probabilities = [Double](repeating: 0, count: batch * shape.probabilityCount)
        func forward(_ fused: [Double], _ bias: [Double]) -> [Double] {
            var output = [Double](repeating: 0, count: rows * shape.channels)
            attentionForward(
                on: .alone,
                batch: batch,
                shape: shape,
                fused: fused,
                bias: bias,
                probabilities: &probabilities,
                output: &output
            )
            return output
        }
        let fused = normals(rows * 3 * shape.channels, seed: 1)
        let bias = normals(shape.biasSets * shape.biasHeads * shape.tokens * shape.tokens, seed: 3)
        let r = normals(rows * shape.channels, seed: 2)
        _ = forward(fused, bias)
        for row in 0..<(rows * shape.heads) {
            let sum = probabilities[(row * shape.tokens)..<((row + 1) * shape.tokens)].reduce(0, +)
            #expect(abs(sum - 1) < 1e-12)
        }
        var gradient = [Double](repeating: .nan, count: fused.count)
        var dScores = [Double](repeating: .nan, count: batch * shape.probabilityCount)
        attentionBackward(
            on: .alone,
            batch: batch,
            shape: shape,
            fused: fused,
            probabilities: probabilities,
            dOutput: r,
            dFused: &gradient,
            dScores: &dScores
        )
        expectGradient(gradient, of: { weighted(forward($0, bias), r) }, at: fused, "dFused")
        // Written over what is there, then added to it.
        var dBias = [Double](repeating: .nan, count: bias.count)
        for adding in [false, true] {
            attentionBiasGradient(
                on: .alone,
                batch: batch,
                shape: shape,
                dScores: dScores,
                dBias: &dBias,
                adding: adding
            )
        }
        expectGradient(dBias.map { $0 / 2 }, of: { weighted(forward(fused, $0), r) }, at: bias, "dBias")
    }

    /// A bias of −∞ hides a key from a query.
    @Test func hiddenKeys() {
        let shape = AttentionShape(tokens: 3, heads: 1, headChannels: 2)
        let bias: [Double] = [0, -.infinity, -.infinity, 0, 0, -.infinity, 0, 0, 0]
        var probabilities = [Double](repeating: .nan, count: 9)
        var output = [Double](repeating: .nan, count: 6)
        let fused = normals(18, seed: 4)
        attentionForward(
            on: .alone,
            batch: 1,
            shape: shape,
            fused: fused,
            bias: bias,
            probabilities: &probabilities,
            output: &output
        )
        for (probability, bias) in zip(probabilities, bias) { #expect((probability == 0) == (bias < 0)) }
        #expect(Array(output.prefix(2)) == Array(fused[4..<6]))
    }
}
