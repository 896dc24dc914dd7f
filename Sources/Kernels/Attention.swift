import Threads

/// The shape of multi-head self-attention over fused queries, keys and values.
///
/// A row of the fused input is [queries | keys | values], each heads × headChannels wide, as timm's `attn.qkv` gives.
package struct AttentionShape: Sendable {
    package let tokens: Int
    package let heads: Int
    package let headChannels: Int

    package init(tokens: Int, heads: Int, headChannels: Int) {
        self.tokens = tokens
        self.heads = heads
        self.headChannels = headChannels
    }

    package var channels: Int { heads * headChannels }
    /// Elements of the attention probabilities of one sample: heads × tokens × tokens.
    package var probabilityCount: Int { heads * tokens * tokens }

    /// Per sample and head: scores = Q·Kᵀ.
    package var scores: MatrixProduct { similarity(leftStride: 3 * channels) }
    /// Per sample and head: output = P·V.
    package var mixture: MatrixProduct { mixture(outputStride: channels) }
    /// Per sample and head: dV = Pᵀ·dOutput.
    package var valueGradient: MatrixProduct {
        mixture(transposed: true, rightStride: channels, outputStride: 3 * channels)
    }
    /// Per sample and head: dP = dOutput·Vᵀ.
    package var probabilityGradient: MatrixProduct { similarity(leftStride: channels) }
    /// Per sample and head: dQ = dScores·K.
    package var queryGradient: MatrixProduct { mixture(outputStride: 3 * channels) }
    /// Per sample and head: dK = dScoresᵀ·Q.
    package var keyGradient: MatrixProduct { mixture(transposed: true, outputStride: 3 * channels) }

    /// tokens × headChannels by the transpose of a part of the fused rows.
    private func similarity(leftStride: Int) -> MatrixProduct {
        MatrixProduct(
            rows: tokens,
            columns: tokens,
            inner: headChannels,
            transposeRight: true,
            leftStride: leftStride,
            rightStride: 3 * channels
        )
    }

    /// tokens × tokens, transposed or not, by tokens × headChannels; `rightStride` defaults to the fused rows'.
    private func mixture(transposed: Bool = false, rightStride: Int? = nil, outputStride: Int)
        -> MatrixProduct
    {
        MatrixProduct(
            rows: tokens,
            columns: headChannels,
            inner: tokens,
            transposeLeft: transposed,
            rightStride: rightStride ?? 3 * channels,
            outputStride: outputStride
        )
    }
}

/// output = soft-max(Q·Kᵀ/√headChannels)·V per sample and head.
///
/// * `fused`: (batch · tokens) × (3 · channels)
/// * `probabilities`: batch × heads × tokens × tokens; kept for `attentionBackward`
/// * `output`: (batch · tokens) × channels
package func attentionForward<R: Real>(
    on team: Team,
    batch: Int,
    shape: AttentionShape,
    fused: UnsafePointer<R>,
    probabilities: UnsafeMutablePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    let (tokens, channels) = (shape.tokens, shape.channels)
    let scale = 1 / R(shape.headChannels).squareRoot()
    team.run(batch * shape.heads) { tile in
        let (sample, head) = tile.quotientAndRemainder(dividingBy: shape.heads)
        let query = fused + sample * tokens * 3 * channels + head * shape.headChannels
        let p = probabilities + tile * tokens * tokens
        multiply(shape.scores, scale: scale, query, query + channels, into: p)
        R.kernels.softMaxForward(tokens, tokens, p)
        multiply(
            shape.mixture,
            UnsafePointer(p),
            query + 2 * channels,
            into: output + sample * tokens * channels + head * shape.headChannels
        )
    }
}

/// The gradient of `attentionForward` with respect to `fused`, which it overwrites.
///
/// * `scratch`: batch × heads × tokens × tokens
package func attentionBackward<R: Real>(
    on team: Team,
    batch: Int,
    shape: AttentionShape,
    fused: UnsafePointer<R>,
    probabilities: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dFused: UnsafeMutablePointer<R>,
    scratch: UnsafeMutablePointer<R>
) {
    let (tokens, channels) = (shape.tokens, shape.channels)
    let scale = 1 / R(shape.headChannels).squareRoot()
    team.run(batch * shape.heads) { tile in
        let (sample, head) = tile.quotientAndRemainder(dividingBy: shape.heads)
        let offset = sample * tokens * 3 * channels + head * shape.headChannels
        let (query, dQuery) = (fused + offset, dFused + offset)
        let p = probabilities + tile * tokens * tokens
        let scratch = scratch + tile * tokens * tokens
        let gradient = dOutput + sample * tokens * channels + head * shape.headChannels
        multiply(shape.valueGradient, p, gradient, into: dQuery + 2 * channels)
        multiply(shape.probabilityGradient, gradient, query + 2 * channels, into: scratch)
        R.kernels.softMaxBackward(tokens, tokens, p, scratch)
        let dScores = UnsafePointer(scratch)
        multiply(shape.queryGradient, scale: scale, dScores, query + channels, into: dQuery)
        multiply(shape.keyGradient, scale: scale, dScores, query, into: dQuery + channels)
    }
}
