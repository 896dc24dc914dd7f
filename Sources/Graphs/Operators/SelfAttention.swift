import Kernels

/// Multi-head self-attention over fused queries, keys and values, with a bias of the scores or none.
struct SelfAttention: Operator {
    let fused: ValueID
    let bias: ValueID?
    let output: ValueID
    let probabilities: ValueID
    let dScores: ValueID
    let shape: AttentionShape

    var inputs: [ValueID] { [fused] + (bias.map { [$0] } ?? []) }
    var kept: [ValueID] { [probabilities] }
    var backwardReads: [ValueID] { [fused, probabilities] }
    var scratch: [ValueID] { [dScores] }
    var addsTo: [ValueID] { bias.map { [$0] } ?? [] }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        func uses(_ products: MatrixProduct...) -> [ProductUse] {
            products.map { ProductUse(shape: $0, weight: .none, repeats: batch * shape.sets * shape.heads) }
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
            bias: bias.map { run[$0] },
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
            dScores: run.output(dScores)
        )
        guard let bias, let dBias = run.wanted(bias) else { return }
        attentionBiasGradient(
            on: run.team,
            batch: run.batch(fused),
            shape: shape,
            dScores: UnsafePointer(run.output(dScores)),
            dBias: dBias,
            adding: run.adds(bias)
        )
    }
}

extension GraphBuilder {
    /// * `fused`: (sets · tokens) × [queries | keys | values] per sample; a token attends to those of its own set
    /// * `bias`: what is added to the scores, sets × heads × tokens × tokens for all samples; 1 set, or 1 head, serves all
    /// * `scale`: of the scores; where it is left out 1/√channels of a head
    /// * returns (sets · tokens) × channels per sample
    package mutating func selfAttention(
        _ fused: ValueID,
        heads: Int,
        sets: Int = 1,
        bias: ValueID? = nil,
        scale: Double? = nil,
        name: String
    ) throws(GraphError) -> ValueID {
        let rows = self[fused].rows
        let channels = self[fused].columns / 3
        guard rows.isMultiple(of: sets), self[fused].columns == 3 * channels, channels.isMultiple(of: heads)
        else {
            throw GraphError(
                name,
                "\(self[fused].shape) are not \(sets) sets of queries, keys and values of \(heads) heads"
            )
        }
        let tokens = rows / sets
        var (biasSets, biasHeads) = (1, 1)
        if let bias {
            let shape = self[bias].shape
            guard shape.count == 4, [1, sets].contains(shape[0]), [1, heads].contains(shape[1]),
                shape.suffix(2) == [tokens, tokens], !self[bias].hasSamples
            else { throw GraphError(name, "\(shape) is no bias of \([sets, heads, tokens, tokens]) scores") }
            (biasSets, biasHeads) = (shape[0], shape[1])
        }
        let output = output(name, [rows, channels], of: [fused])
        let scores = [sets, heads, tokens, tokens]
        append(
            SelfAttention(
                fused: fused,
                bias: bias,
                output: output,
                probabilities: own("\(name).probabilities", scores, beside: output),
                dScores: own("\(name).scratch", scores, beside: output),
                shape: AttentionShape(
                    tokens: tokens,
                    heads: heads,
                    headChannels: channels / heads,
                    scale: scale,
                    sets: sets,
                    biasSets: biasSets,
                    biasHeads: biasHeads
                )
            )
        )
        return output
    }
}
