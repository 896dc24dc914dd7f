import Threads

/// The shape of multi-head self-attention over fused queries, keys and values.
///
/// A row of the fused input is [queries | keys | values], each heads × headChannels wide, as timm's `attn.qkv` gives.
package struct AttentionShape: Sendable {
    package let tokens: Int
    package let heads: Int
    package let headChannels: Int
    /// What the scores are multiplied by.
    package let scale: Double
    /// Sets of tokens in a sample, one after another, that attend to themselves alone: windows, or one set of all.
    package let sets: Int
    /// Sets and heads that have a bias of their own: all of them, or 1 where one bias serves all.
    package let (biasSets, biasHeads): (Int, Int)

    package init(
        tokens: Int,
        heads: Int,
        headChannels: Int,
        scale: Double? = nil,
        sets: Int = 1,
        biasSets: Int = 1,
        biasHeads: Int = 1
    ) {
        precondition(biasSets == 1 || biasSets == sets)
        precondition(biasHeads == 1 || biasHeads == heads)
        self.tokens = tokens
        self.heads = heads
        self.headChannels = headChannels
        self.scale = scale ?? 1 / Double(headChannels).squareRoot()
        self.sets = sets
        self.biasSets = biasSets
        self.biasHeads = biasHeads
    }

    package var channels: Int { heads * headChannels }
    /// How scores and their gradients are cut, per sample and head: rows of queries, or of keys, even parts of at most 128.
    var grid: MatrixProduct.Grid { MatrixProduct.Grid(rows: tokens, most: 128) }
    /// Elements of the attention probabilities of one sample: sets × heads × tokens × tokens.
    package var probabilityCount: Int { sets * heads * tokens * tokens }
    /// Where the bias of the scores of a sample's set begins: `set` counts the sets of all samples.
    func bias(ofSet set: Int, head: Int) -> Int {
        (set % biasSets * biasHeads + head % biasHeads) * tokens * tokens
    }

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

/// output = soft-max(scale·Q·Kᵀ + bias)·V per sample, set and head.
///
/// * `fused`: (batch · sets · tokens) × (3 · channels)
/// * `bias`: biasSets × biasHeads × tokens × tokens; −∞ hides a key from a query
/// * `probabilities`: batch × sets × heads × tokens × tokens; kept for `attentionBackward`
/// * `output`: (batch · sets · tokens) × channels
@specialized(where R == Float)
package func attentionForward<R: Real>(
    on team: Team,
    batch: Int,
    shape: AttentionShape,
    fused: UnsafePointer<R>,
    bias: UnsafePointer<R>? = nil,
    probabilities: UnsafeMutablePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    let (tokens, channels) = (shape.tokens, shape.channels)
    let scale = R(shape.scale)
    let grid = shape.grid
    team.run(shape, batch) { place in
        let query = fused + place.query
        let p = probabilities + place.scores
        let scores = shape.scores.tile(place.part, of: grid)
        multiply(scores, scale: scale, query, query + channels, into: p)
        if let bias {
            let rows = bias + (place.bias + scores.output)
            R.kernels.accumulate(scores.rows.count * tokens, rows, p + scores.output)
        }
        R.kernels.softMaxForward(scores.rows.count, tokens, p + scores.output)
        let mixture = shape.mixture.tile(place.part, of: grid)
        multiply(mixture, UnsafePointer(p), query + 2 * channels, into: output + place.output)
    }
}

/// The gradient of `attentionForward` with respect to `fused`, which it overwrites.
///
/// * `dScores`: batch × sets × heads × tokens × tokens; what `attentionBiasGradient` reads
@specialized(where R == Float)
package func attentionBackward<R: Real>(
    on team: Team,
    batch: Int,
    shape: AttentionShape,
    fused: UnsafePointer<R>,
    probabilities: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dFused: UnsafeMutablePointer<R>,
    dScores: UnsafeMutablePointer<R>
) {
    let (tokens, channels) = (shape.tokens, shape.channels)
    let scale = R(shape.scale)
    let grid = shape.grid
    team.run(shape, batch) { place in
        let (query, dQuery) = (fused + place.query, dFused + place.query)
        let (p, dScores) = (probabilities + place.scores, dScores + place.scores)
        let gradient = dOutput + place.output
        let part = shape.probabilityGradient.tile(place.part, of: grid)
        multiply(part, gradient, query + 2 * channels, into: dScores)
        R.kernels.softMaxBackward(part.rows.count, tokens, p + part.output, dScores + part.output)
        let queryGradient = shape.queryGradient.tile(place.part, of: grid)
        multiply(queryGradient, scale: scale, UnsafePointer(dScores), query + channels, into: dQuery)
        multiply(shape.valueGradient.tile(place.part, of: grid), p, gradient, into: dQuery + 2 * channels)
    }
    // Keys need the scores' gradients of all queries: what the round before has made.
    team.run(shape, batch) { place in
        let dScores = UnsafePointer(dScores + place.scores)
        let keyGradient = shape.keyGradient.tile(place.part, of: grid)
        multiply(
            keyGradient,
            scale: scale,
            dScores,
            fused + place.query,
            into: dFused + place.query + channels
        )
    }
}

/// The gradient of `attentionForward` with respect to `bias`: the scores' of all that it serves, added up in their order.
///
/// * `dScores`: as `attentionBackward` leaves them
/// * `adding`: to what `dBias` holds, rather than writing over it
@specialized(where R == Float)
package func attentionBiasGradient<R: Real>(
    on team: Team,
    batch: Int,
    shape: AttentionShape,
    dScores: UnsafePointer<R>,
    dBias: UnsafeMutablePointer<R>,
    adding: Bool
) {
    let (tokens, sets, heads) = (shape.tokens, batch * shape.sets, shape.heads)
    let served = sets / shape.biasSets * (heads / shape.biasHeads)
    team.rows(shape.biasSets * shape.biasHeads * tokens, width: served * tokens) { part in
        for row in part {
            let (matrix, query) = row.quotientAndRemainder(dividingBy: tokens)
            let (firstSet, firstHead) = matrix.quotientAndRemainder(dividingBy: shape.biasHeads)
            let sum = dBias + row * tokens
            if !adding { sum.update(repeating: 0, count: tokens) }
            for set in stride(from: firstSet, to: sets, by: shape.biasSets) {
                for head in stride(from: firstHead, to: heads, by: shape.biasHeads) {
                    R.kernels.accumulate(
                        tokens,
                        dScores + ((set * heads + head) * tokens + query) * tokens,
                        sum
                    )
                }
            }
        }
    }
}

/// A tile of a set's head: its number there, and where the head's matrices begin.
private struct HeadTile {
    let part: Int
    let query: Int
    let output: Int
    let scores: Int
    let bias: Int
}

extension Team {
    /// Runs `body` on the tiles of every head of every set of every sample.
    fileprivate func run(_ shape: AttentionShape, _ batch: Int, _ body: (HeadTile) -> Void) {
        let parts = shape.grid.tiles
        run(batch * shape.sets * shape.heads * parts) { index in
            let (map, part) = index.quotientAndRemainder(dividingBy: parts)
            let (set, head) = map.quotientAndRemainder(dividingBy: shape.heads)
            let (row, column) = (set * shape.tokens, head * shape.headChannels)
            body(
                HeadTile(
                    part: part,
                    query: row * 3 * shape.channels + column,
                    output: row * shape.channels + column,
                    scores: map * shape.tokens * shape.tokens,
                    bias: shape.bias(ofSet: set, head: head)
                )
            )
        }
    }
}
