import Threads

/// y = x·Φ(x), Φ the normal distribution's integral: the exact form, by erf (Hendrycks, Gimpel 2016).
package func geluForward<R: Real>(
    on team: Team,
    count: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    team.elements(count) { part in
        R.kernels.geluForward(part.count, input + part.lowerBound, output + part.lowerBound)
    }
}

/// dx = dy·(Φ(x) + x·φ(x)).
package func geluBackward<R: Real>(
    on team: Team,
    count: Int,
    input: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>
) {
    team.elements(count) { part in
        let start = part.lowerBound
        R.kernels.geluBackward(part.count, input + start, dOutput + start, dInput + start)
    }
}
