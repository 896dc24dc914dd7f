import Threads

/// Tokens that stand before the patch tokens: class, register and distillation tokens.
package struct PrefixTokens<Place> {
    /// rows × channels.
    package let values: Place
    package let rows: Int
    /// Whether positions are added to them; such rows come first among the positions.
    package let hasPositions: Bool

    package init(values: Place, rows: Int, hasPositions: Bool) {
        (self.values, self.rows, self.hasPositions) = (values, rows, hasPositions)
    }
}

/// Puts the prefix tokens before the patch tokens and adds the position embedding.
///
/// * `patches`: (batch · patchCount) × channels
/// * `positions`: a row for each prefix token that has one, in their order, then patchCount rows
/// * `output`: (batch · tokens) × channels, tokens = patchCount and all rows of `prefix`
@specialized(where R == Float)
package func embedTokensForward<R: Real>(
    on team: Team,
    batch: Int,
    patchCount: Int,
    channels: Int,
    patches: UnsafePointer<R>,
    prefix: [PrefixTokens<UnsafePointer<R>>],
    positions: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    let tokens = patchCount + prefix.reduce(0) { $0 + $1.rows }
    team.run(batch) { sample in
        var target = output + sample * tokens * channels
        var positions = positions
        for part in prefix {
            let count = part.rows * channels
            if part.hasPositions {
                R.kernels.add(count, part.values, positions, target)
                positions += count
            } else {
                target.update(from: part.values, count: count)
            }
            target += count
        }
        let count = patchCount * channels
        R.kernels.add(count, patches + sample * count, positions, target)
    }
}

/// The gradients of `embedTokensForward`; `dPatches` is overwritten.
@specialized(where R == Float)
package func embedTokensBackward<R: Real>(
    on team: Team,
    batch: Int,
    patchCount: Int,
    channels: Int,
    dOutput: UnsafePointer<R>,
    dPatches: UnsafeMutablePointer<R>,
    dPrefix: [PrefixTokens<UnsafeMutablePointer<R>>],
    dPositions: UnsafeMutablePointer<R>,
    addParameters: Bool
) {
    let prefixRows = dPrefix.reduce(0) { $0 + $1.rows }
    let placed = dPrefix.reduce(0) { $0 + ($1.hasPositions ? $1.rows : 0) }
    let tokens = prefixRows + patchCount
    func put(
        _ count: Int,
        _ source: UnsafePointer<R>,
        into target: UnsafeMutablePointer<R>,
        adding: Bool
    ) {
        if adding {
            R.kernels.accumulate(count, source, target)
        } else {
            target.update(from: source, count: count)
        }
    }
    // A tile is some tokens of every sample, in the samples' order; the last one the prefix.
    let tall = Tiling.rows(of: patchCount, width: batch * channels)
    let tiles = (patchCount + tall - 1) / tall
    team.run(tiles + 1) { tile in
        guard tile == tiles else {
            let first = tile * tall
            let count = (min(first + tall, patchCount) - first) * channels
            let dPositions = dPositions + (placed + first) * channels
            for sample in 0..<batch {
                let gradient = dOutput + (sample * tokens + prefixRows + first) * channels
                put(count, gradient, into: dPositions, adding: addParameters || sample > 0)
                let target = dPatches + (sample * patchCount + first) * channels
                target.update(from: gradient, count: count)
            }
            return
        }
        for sample in 0..<batch {
            var gradient = dOutput + sample * tokens * channels
            var dPositions = dPositions
            for part in dPrefix {
                let count = part.rows * channels
                put(count, gradient, into: part.values, adding: addParameters || sample > 0)
                if part.hasPositions {
                    put(count, gradient, into: dPositions, adding: addParameters || sample > 0)
                    dPositions += count
                }
                gradient += count
            }
        }
    }
}

/// The mean over the tokens of a range, per sample; a range of one token selects it.
///
/// * `input`: (batch · tokens) × channels
/// * `output`: batch × channels
@specialized(where R == Float)
package func meanTokensForward<R: Real>(
    on team: Team,
    batch: Int,
    tokens: Int,
    range: Range<Int>,
    channels: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    team.run(batch) { sample in
        let target = output + sample * channels
        let source = input + (sample * tokens + range.lowerBound) * channels
        R.kernels.columnSums(range.count, channels, channels, source, target, false)
        if range.count > 1 { R.kernels.scale(channels, 1 / R(range.count), target, target) }
    }
}

/// The gradient of `meanTokensForward`.
///
/// * `addInput`: adds to `dInput` within the range, rather than overwriting it with zero outside the range
@specialized(where R == Float)
package func meanTokensBackward<R: Real>(
    on team: Team,
    batch: Int,
    tokens: Int,
    range: Range<Int>,
    channels: Int,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    addInput: Bool
) {
    let scale = 1 / R(range.count)
    team.run(batch) { sample in
        let target = dInput + sample * tokens * channels
        let source = dOutput + sample * channels
        for token in 0..<tokens {
            let row = target + token * channels
            if addInput {
                guard range.contains(token) else { continue }
                for channel in 0..<channels { row[channel] += scale * source[channel] }
            } else if range.contains(token) {
                R.kernels.scale(channels, scale, source, row)
            } else {
                row.update(repeating: 0, count: channels)
            }
        }
    }
}
