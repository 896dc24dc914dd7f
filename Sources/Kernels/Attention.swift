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

    /// tokens × headChannels by its transpose.
    fileprivate func scores(_ leftStride: Int, _ rightStride: Int) -> MatrixProduct {
        MatrixProduct(
            rows: tokens,
            columns: tokens,
            inner: headChannels,
            transposeRight: true,
            leftStride: leftStride,
            rightStride: rightStride
        )
    }

    /// tokens × tokens, transposed or not, by tokens × headChannels.
    fileprivate func mixture(transpose: Bool = false, _ rightStride: Int, _ outputStride: Int)
        -> MatrixProduct
    {
        MatrixProduct(
            rows: tokens,
            columns: headChannels,
            inner: tokens,
            transposeLeft: transpose,
            rightStride: rightStride,
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
    batch: Int,
    shape: AttentionShape,
    fused: UnsafePointer<R>,
    probabilities: UnsafeMutablePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    let (tokens, channels) = (shape.tokens, shape.channels)
    let scale = 1 / R(shape.headChannels).squareRoot()
    let scores = shape.scores(3 * channels, 3 * channels)
    let mixture = shape.mixture(3 * channels, channels)
    for sample in 0..<batch {
        for head in 0..<shape.heads {
            let query = fused + sample * tokens * 3 * channels + head * shape.headChannels
            let p = probabilities + (sample * shape.heads + head) * tokens * tokens
            multiply(scores, scale: scale, query, query + channels, into: p)
            R.kernels.softMaxForward(tokens, tokens, p)
            multiply(
                mixture,
                UnsafePointer(p),
                query + 2 * channels,
                into: output + sample * tokens * channels + head * shape.headChannels
            )
        }
    }
}

/// The gradient of `attentionForward` with respect to `fused`, which it overwrites.
///
/// * `scratch`: tokens × tokens
package func attentionBackward<R: Real>(
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
    let scores = shape.scores(channels, 3 * channels)
    let fromOutput = shape.mixture(transpose: true, channels, 3 * channels)
    let fromFused = shape.mixture(3 * channels, 3 * channels)
    let fromFusedTransposed = shape.mixture(transpose: true, 3 * channels, 3 * channels)
    for sample in 0..<batch {
        for head in 0..<shape.heads {
            let offset = sample * tokens * 3 * channels + head * shape.headChannels
            let (query, dQuery) = (fused + offset, dFused + offset)
            let p = probabilities + (sample * shape.heads + head) * tokens * tokens
            let gradient = dOutput + sample * tokens * channels + head * shape.headChannels
            multiply(fromOutput, p, gradient, into: dQuery + 2 * channels)
            multiply(scores, gradient, query + 2 * channels, into: scratch)
            R.kernels.softMaxBackward(tokens, tokens, p, scratch)
            let dScores = UnsafePointer(scratch)
            multiply(fromFused, scale: scale, dScores, query + channels, into: dQuery)
            multiply(fromFusedTransposed, scale: scale, dScores, query, into: dQuery + channels)
        }
    }
}
