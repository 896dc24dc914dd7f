/// Puts a class token, if there is one, before the patch tokens and adds the position embedding.
///
/// * `patches`: (batch · patchCount) × channels
/// * `classToken`: channels, or nil
/// * `positions`: tokens × channels, tokens = patchCount, plus 1 with a class token
/// * `output`: (batch · tokens) × channels
package func embedTokensForward<R: Real>(
    batch: Int,
    patchCount: Int,
    channels: Int,
    patches: UnsafePointer<R>,
    classToken: UnsafePointer<R>?,
    positions: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    let prefix = classToken == nil ? 0 : 1
    let tokens = patchCount + prefix
    for sample in 0..<batch {
        let target = output + sample * tokens * channels
        if let classToken { add(count: channels, classToken, positions, into: target) }
        add(
            count: patchCount * channels,
            patches + sample * patchCount * channels,
            positions + prefix * channels,
            into: target + prefix * channels
        )
    }
}

/// The gradients of `embedTokensForward`; `dPatches` is overwritten.
package func embedTokensBackward<R: Real>(
    batch: Int,
    patchCount: Int,
    channels: Int,
    dOutput: UnsafePointer<R>,
    dPatches: UnsafeMutablePointer<R>,
    dClassToken: UnsafeMutablePointer<R>?,
    dPositions: UnsafeMutablePointer<R>,
    addParameters: Bool
) {
    let prefix = dClassToken == nil ? 0 : 1
    let tokens = patchCount + prefix
    for sample in 0..<batch {
        let gradient = dOutput + sample * tokens * channels
        let adding = addParameters || sample > 0
        if let dClassToken { copy(count: channels, gradient, into: dClassToken, adding: adding) }
        copy(count: tokens * channels, gradient, into: dPositions, adding: adding)
        copy(
            count: patchCount * channels,
            gradient + prefix * channels,
            into: dPatches + sample * patchCount * channels
        )
    }
}

/// The mean over the tokens of a range, per sample; a range of one token selects it.
///
/// * `input`: (batch · tokens) × channels
/// * `output`: batch × channels
package func meanTokensForward<R: Real>(
    batch: Int,
    tokens: Int,
    range: Range<Int>,
    channels: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    for sample in 0..<batch {
        let target = output + sample * channels
        let source = input + (sample * tokens + range.lowerBound) * channels
        R.kernels.columnSums(range.count, channels, source, target, false)
        if range.count > 1 { R.kernels.scale(channels, 1 / R(range.count), target, target) }
    }
}

/// The gradient of `meanTokensForward`; `dInput` is overwritten, with zero outside the range.
package func meanTokensBackward<R: Real>(
    batch: Int,
    tokens: Int,
    range: Range<Int>,
    channels: Int,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>
) {
    let scale = 1 / R(range.count)
    for sample in 0..<batch {
        let target = dInput + sample * tokens * channels
        let source = dOutput + sample * channels
        for token in 0..<tokens {
            let row = target + token * channels
            if range.contains(token) {
                R.kernels.scale(channels, scale, source, row)
            } else {
                row.update(repeating: 0, count: channels)
            }
        }
    }
}
