import Kernels

/// Multi-head self-attention over fused queries, keys and values.
struct SelfAttention: Operator {
    let fused: ValueID
    let output: ValueID
    let probabilities: ValueID
    let dScores: ValueID
    let shape: AttentionShape

    var inputs: [ValueID] { [fused] }
    var kept: [ValueID] { [probabilities] }
    var backwardReads: [ValueID] { [fused, probabilities] }
    var scratch: [ValueID] { [dScores] }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        func uses(_ products: MatrixProduct...) -> [ProductUse] {
            products.map { ProductUse(shape: $0, weight: .none, repeats: batch * shape.heads) }
        }
        return (
            uses(shape.scores, shape.mixture),
            uses(
                shape.valueGradient,
                shape.probabilityGradient,
                shape.queryGradient,
                shape.keyGradient
            )
        )
    }

    func forward<R: Real>(_ run: Run<R>) {
        attentionForward(
            on: run.team,
            batch: run.batch(fused),
            shape: shape,
            fused: run[fused],
            probabilities: run.output(probabilities),
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        attentionBackward(
            on: run.team,
            batch: run.batch(fused),
            shape: shape,
            fused: run[fused],
            probabilities: run[probabilities],
            dOutput: run.gradient(output),
            dFused: run.gradient(fused),
            scratch: run.output(dScores)
        )
    }
}

extension GraphBuilder {
    /// * `fused`: tokens × [queries | keys | values] per sample
    /// * returns tokens × channels per sample
    package mutating func selfAttention(_ fused: ValueID, heads: Int, name: String) -> ValueID {
        let tokens = self[fused].rows
        let channels = self[fused].columns / 3
        let output = output(name, [tokens, channels], of: [fused])
        let probabilities = own("\(name).probabilities", [heads, tokens, tokens], beside: output)
        let dScores = own("\(name).scratch", [heads, tokens, tokens], beside: output)
        let shape = AttentionShape(tokens: tokens, heads: heads, headChannels: channels / heads)
        append(
            SelfAttention(
                fused: fused,
                output: output,
                probabilities: probabilities,
                dScores: dScores,
                shape: shape
            )
        )
        return output
    }
}
