import Foundation
import Kernels
import Testing

/// Every kernel's backward against finite differences of its forward, in double.
@Suite struct GradientTests {
    @Test func linear() {
        let (rows, inputs, outputs) = (5, 4, 3)
        func forward(_ x: [Double], _ w: [Double], _ b: [Double]) -> [Double] {
            var y = [Double](repeating: 0, count: rows * outputs)
            linearForward(
                on: .alone,
                rows: rows,
                inputs: inputs,
                outputs: outputs,
                input: x,
                weight: w,
                bias: b,
                output: &y
            )
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

    @Test(arguments: [3, 70]) func layerNorm(channels: Int) {
        let rows = 4
        var mean = [Double](repeating: 0, count: rows)
        var rstd = mean
        func forward(_ x: [Double], _ w: [Double], _ b: [Double]) -> [Double] {
            var y = [Double](repeating: 0, count: rows * channels)
            layerNormForward(
                on: .alone,
                rows: rows,
                channels: channels,
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

    @Test func gelu() {
        let x = normals(40, seed: 1).map { 2 * $0 } + [0, -6, 6]
        let r = normals(x.count, seed: 2)
        func forward(_ x: [Double]) -> [Double] {
            var y = [Double](repeating: 0, count: x.count)
            geluForward(on: .alone, count: x.count, input: x, output: &y)
            return y
        }
        var dx = [Double](repeating: .nan, count: x.count)
        geluBackward(on: .alone, count: x.count, input: x, dOutput: r, dInput: &dx)
        expectGradient(dx, of: { weighted(forward($0), r) }, at: x, "dInput")
    }

    /// Few tokens, and so many that a head has several tiles.
    @Test(arguments: [(5, 2, 3, 2), (131, 1, 2, 1)])
    func attention(tokens: Int, heads: Int, headChannels: Int, batch: Int) {
        let shape = AttentionShape(tokens: tokens, heads: heads, headChannels: headChannels)
        var probabilities = [Double](repeating: 0, count: batch * shape.probabilityCount)
        func forward(_ fused: [Double]) -> [Double] {
            var output = [Double](repeating: 0, count: batch * shape.tokens * shape.channels)
            attentionForward(
                on: .alone,
                batch: batch,
                shape: shape,
                fused: fused,
                probabilities: &probabilities,
                output: &output
            )
            return output
        }
        let fused = normals(batch * shape.tokens * 3 * shape.channels, seed: 1)
        let r = normals(batch * shape.tokens * shape.channels, seed: 2)
        _ = forward(fused)
        for row in 0..<(batch * shape.heads * shape.tokens) {
            let sum = probabilities[(row * shape.tokens)..<((row + 1) * shape.tokens)].reduce(0, +)
            #expect(abs(sum - 1) < 1e-12)
        }
        var gradient = [Double](repeating: .nan, count: fused.count)
        var scratch = [Double](repeating: .nan, count: batch * shape.probabilityCount)
        attentionBackward(
            on: .alone,
            batch: batch,
            shape: shape,
            fused: fused,
            probabilities: probabilities,
            dOutput: r,
            dFused: &gradient,
            scratch: &scratch
        )
        expectGradient(gradient, of: { weighted(forward($0), r) }, at: fused, "dFused")
    }
}
