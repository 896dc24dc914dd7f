import Threads

/// y = x·σ(1.702·x), the approximation of GELU that OpenAI's CLIP was trained with (Hendrycks, Gimpel 2016).
package func quickGELUForward<R: Real>(
    on team: Team,
    count: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    team.elements(count) { part in
        R.kernels.quickGELUForward(part.count, input + part.lowerBound, output + part.lowerBound)
    }
}

/// dx = dy·(σ + 1.702·x·σ·(1 − σ)), σ at 1.702·x.
package func quickGELUBackward<R: Real>(
    on team: Team,
    count: Int,
    input: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>
) {
    team.elements(count) { part in
        let start = part.lowerBound
        R.kernels.quickGELUBackward(part.count, input + start, dOutput + start, dInput + start)
    }
}
