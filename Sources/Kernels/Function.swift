import CKernels
import Threads

/// A function of one number, as PyTorch names and defines it.
package enum Function: Sendable, Equatable {
    /// factor·x + summand.
    case affine(factor: Double, summand: Double)
    /// x, or slope·x below zero; slope ≥ 0, 0 for the rectifier.
    case leakyReLU(slope: Double)
    /// Between two bounds; the slope at the bounds is 1.
    case clamp(Double, Double)
    /// Between two bounds; the slope at the bounds is 0.
    case hardTanh(Double, Double)
    case sigmoid, tanh, silu, hardSigmoid, hardSwish
    /// x·Φ(x), Φ the normal distribution's integral: the exact form, by erf (Hendrycks, Gimpel 2016).
    case gelu
    /// The same with Φ by tanh.
    case geluByTanh
    /// x·σ(1.702·x), which OpenAI's CLIP was trained with.
    case quickGELU
    /// x, or scale·(eˣ − 1) below zero.
    case elu(scale: Double)
    case exp, log, square, squareRoot, reciprocalSquareRoot, reciprocal
    case power(Double)
    case absolute, softPlus

    package static let relu = Function.leakyReLU(slope: 0)

    /// Whether the slope is known of y = f(x): then x is not needed any more.
    package var isKnownByOutput: Bool {
        switch self {
        case .leakyReLU, .hardTanh, .sigmoid, .tanh, .exp, .squareRoot, .reciprocalSquareRoot, .reciprocal,
            .affine:
            true
        default: false
        }
    }

    private var code: (ck_function, Double, Double) {
        switch self {
        case .affine(let factor, let summand): (ck_affine, factor, summand)
        case .leakyReLU(let slope): (ck_leaky_relu, slope, 0)
        case .clamp(let low, let high): (ck_clamp, low, high)
        case .hardTanh(let low, let high): (ck_hardtanh, low, high)
        case .sigmoid: (ck_sigmoid, 0, 0)
        case .tanh: (ck_tanh, 0, 0)
        case .silu: (ck_silu, 0, 0)
        case .hardSigmoid: (ck_hardsigmoid, 0, 0)
        case .hardSwish: (ck_hardswish, 0, 0)
        case .gelu: (ck_gelu, 0, 0)
        case .geluByTanh: (ck_gelu_tanh, 0, 0)
        case .quickGELU: (ck_quick_gelu, 0, 0)
        case .elu(let scale): (ck_elu, scale, 0)
        case .exp: (ck_exp, 0, 0)
        case .log: (ck_log, 0, 0)
        case .square: (ck_square, 0, 0)
        case .squareRoot: (ck_sqrt, 0, 0)
        case .reciprocalSquareRoot: (ck_rsqrt, 0, 0)
        case .reciprocal: (ck_reciprocal, 0, 0)
        case .power(let exponent): (ck_power, exponent, 0)
        case .absolute: (ck_abs, 0, 0)
        case .softPlus: (ck_softplus, 0, 0)
        }
    }

    func code<R: Real>(_ type: R.Type) -> (ck_function, R, R) {
        let (function, a, b) = code
        return (function, R(a), R(b))
    }
}

/// y = f(x), element by element.
@specialized(where R == Float)
package func functionForward<R: Real>(
    on team: Team,
    _ function: Function,
    count: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    let (code, a, b) = function.code(R.self)
    team.elements(count) { part in
        R.kernels.functionForward(part.count, code, a, b, input + part.lowerBound, output + part.lowerBound)
    }
}

/// dx = dy·f′(x), or dx += dy·f′(x).
///
/// * `value`: y where the function is known by its output, else x
@specialized(where R == Float)
package func functionBackward<R: Real>(
    on team: Team,
    _ function: Function,
    count: Int,
    value: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    let (code, a, b) = function.code(R.self)
    team.elements(count) { part in
        let start = part.lowerBound
        R.kernels.functionBackward(
            part.count,
            code,
            a,
            b,
            value + start,
            dOutput + start,
            dInput + start,
            adding
        )
    }
}
