import CKernels
import Threads

/// output = left + right; `output` may be one of them.
package func add<R: Real>(
    on team: Team,
    count: Int,
    _ left: UnsafePointer<R>,
    _ right: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    team.elements(count) { part in
        let start = part.lowerBound
        R.kernels.add(part.count, left + start, right + start, output + start)
    }
}

/// sum += input.
package func accumulate<R: Real>(
    on team: Team,
    count: Int,
    _ input: UnsafePointer<R>,
    into sum: UnsafeMutablePointer<R>
) {
    team.elements(count) { part in
        R.kernels.accumulate(part.count, input + part.lowerBound, sum + part.lowerBound)
    }
}

/// output = factor · input; `output` may be `input`.
package func scale<R: Real>(
    on team: Team,
    count: Int,
    _ factor: R,
    _ input: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    team.elements(count) { part in
        R.kernels.scale(part.count, factor, input + part.lowerBound, output + part.lowerBound)
    }
}

/// destination = source, or destination += source.
package func copy<R: Real>(
    on team: Team,
    count: Int,
    _ source: UnsafePointer<R>,
    into destination: UnsafeMutablePointer<R>,
    adding: Bool = false
) {
    guard !adding else { return accumulate(on: team, count: count, source, into: destination) }
    team.elements(count) { part in
        (destination + part.lowerBound).update(from: source + part.lowerBound, count: part.count)
    }
}

/// values −= centre, in float32.
package func subtract(count: Int, _ centre: UnsafePointer<Float>, from values: UnsafeMutablePointer<Float>) {
    ck_subtract(count, centre, values)
}
