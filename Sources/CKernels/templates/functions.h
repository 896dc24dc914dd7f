// Functions of one number, y = f(x), and dx = dy·f′, of x or, where that is enough, of y: which is documented at `Function`.

#define EACH(EXPRESSION)                                                                                               \
    VECTORISE                                                                                                          \
    for (size_t i = 0; i < count; i++) {                                                                               \
        REAL x = input[i];                                                                                             \
        output[i] = (EXPRESSION);                                                                                      \
    }                                                                                                                  \
    break

// For functions of the C library, which are not vectorised.
#define EACH_CALLING(EXPRESSION)                                                                                       \
    for (size_t i = 0; i < count; i++) {                                                                               \
        REAL x = input[i];                                                                                             \
        output[i] = (REAL)(EXPRESSION);                                                                                \
    }                                                                                                                  \
    break

INLINE REAL NAME(sigmoid)(REAL x) {
    // Of the exponential of a negative number, so that nothing overflows.
    REAL e = real_exp(x < 0 ? x : -x);
    REAL upper = 1 / (1 + e);
    return x < 0 ? e * upper : upper;
}

INLINE REAL NAME(tanh_by_exp)(REAL x) {
    REAL e = real_exp(-2 * (x < 0 ? -x : x));
    REAL y = (1 - e) / (1 + e);
    return x < 0 ? -y : y;
}

INLINE REAL NAME(clamped)(REAL x, REAL low, REAL high) {
    REAL above = x < low ? low : x;
    return above > high ? high : above;
}

INLINE REAL NAME(gelu_of)(REAL x) {
    REAL exponential;
    return x * normal_integral(x, &exponential);
}

// √(2/π) and the cubic term of the tanh form of GELU.
#define GELU_RATE ((REAL)0.79788456080286535588)
#define GELU_CUBIC ((REAL)0.044715)

INLINE void NAME(apply_function)(size_t count, enum ck_function function, REAL a, REAL b, const REAL *input,
                                 REAL *output) {
    switch (function) {
    case ck_affine: EACH(a * x + b);
    case ck_leaky_relu: EACH(x > 0 ? x : a * x);
    case ck_clamp: EACH(NAME(clamped)(x, a, b));
    case ck_hardtanh: EACH(NAME(clamped)(x, a, b));
    case ck_sigmoid: EACH(NAME(sigmoid)(x));
    case ck_tanh: EACH(NAME(tanh_by_exp)(x));
    case ck_silu: EACH(x * NAME(sigmoid)(x));
    case ck_hardsigmoid: EACH(NAME(clamped)(x / 6 + (REAL)0.5, 0, 1));
    case ck_hardswish: EACH(x * NAME(clamped)(x / 6 + (REAL)0.5, 0, 1));
    case ck_gelu: EACH(NAME(gelu_of)(x));
    case ck_gelu_tanh: EACH((REAL)0.5 * x * (1 + NAME(tanh_by_exp)(GELU_RATE * (x + GELU_CUBIC * x * x * x))));
    case ck_quick_gelu: EACH(x * NAME(sigmoid)((REAL)1.702 * x));
    case ck_elu: EACH(x > 0 ? x : a * (real_exp(x) - 1));
    case ck_exp: EACH(real_exp(x));
    case ck_log: EACH_CALLING(log(x));
    case ck_square: EACH(x * x);
    case ck_sqrt: EACH(FAST_SQRT(x));
    case ck_rsqrt: EACH(1 / FAST_SQRT(x));
    case ck_reciprocal: EACH(1 / x);
    case ck_power: EACH_CALLING(pow(x, a));
    case ck_abs: EACH(x < 0 ? -x : x);
    case ck_softplus: EACH_CALLING(x > 20 ? x : log1p(exp(x)));
    }
}

#undef EACH
#undef EACH_CALLING

KERNEL void NAME(function_forward)(size_t count, enum ck_function function, REAL a, REAL b, const REAL *input,
                                   REAL *output) {
    NAME(apply_function)(count, function, a, b, input, output);
}

KERNEL void NAME(finish_rows)(size_t rows, size_t stride, size_t columns, const REAL *bias, const REAL *residual,
                              REAL *values, enum ck_function function, REAL a, REAL b, REAL *output) {
    for (size_t row = 0; row < rows; row++) {
        REAL *x = values + row * stride;
        if (bias) {
#pragma clang loop vectorize(enable)
            for (size_t i = 0; i < columns; i++) x[i] += bias[i];
        }
        if (residual) {
            const REAL *r = residual + row * stride;
#pragma clang loop vectorize(enable)
            for (size_t i = 0; i < columns; i++) x[i] += r[i];
        }
        if (output) NAME(apply_function)(columns, function, a, b, x, output + row * stride);
    }
}

#define EACH(EXPRESSION)                                                                                               \
    VECTORISE                                                                                                          \
    for (size_t i = 0; i < count; i++) {                                                                               \
        REAL v = value[i];                                                                                             \
        REAL dx = d_output[i] * (EXPRESSION);                                                                          \
        d_input[i] = add ? d_input[i] + dx : dx;                                                                       \
    }                                                                                                                  \
    break

#define EACH_CALLING(EXPRESSION)                                                                                       \
    for (size_t i = 0; i < count; i++) {                                                                               \
        REAL v = value[i];                                                                                             \
        REAL dx = d_output[i] * (REAL)(EXPRESSION);                                                                    \
        d_input[i] = add ? d_input[i] + dx : dx;                                                                       \
    }                                                                                                                  \
    break

INLINE REAL NAME(silu_slope)(REAL x) {
    REAL s = NAME(sigmoid)(x);
    return s * (1 + x * (1 - s));
}

// Φ(x) + x·φ(x), φ(x) = e^(−x²/2)/√(2π).
INLINE REAL NAME(gelu_slope)(REAL x) {
    REAL exponential;
    REAL integral = normal_integral(x, &exponential);
    return integral + x * exponential * (REAL)0.39894228040143267794;
}

INLINE REAL NAME(quick_gelu_slope)(REAL x) {
    REAL s = NAME(sigmoid)((REAL)1.702 * x);
    return s * (1 + (REAL)1.702 * x * (1 - s));
}

INLINE REAL NAME(gelu_tanh_slope)(REAL x) {
    REAL t = NAME(tanh_by_exp)(GELU_RATE * (x + GELU_CUBIC * x * x * x));
    return (REAL)0.5 * (1 + t + x * (1 - t * t) * GELU_RATE * (1 + 3 * GELU_CUBIC * x * x));
}

KERNEL void NAME(function_backward)(size_t count, enum ck_function function, REAL a, REAL b, const REAL *value,
                                    const REAL *d_output, REAL *d_input, bool add) {
    switch (function) {
    case ck_affine:
        VECTORISE
        for (size_t i = 0; i < count; i++) d_input[i] = add ? d_input[i] + a * d_output[i] : a * d_output[i];
        break;
    case ck_leaky_relu: EACH(v > 0 ? 1 : a);
    case ck_clamp: EACH(v >= a && v <= b ? 1 : 0);
    case ck_hardtanh: EACH(v > a && v < b ? 1 : 0);
    case ck_sigmoid: EACH(v * (1 - v));
    case ck_tanh: EACH(1 - v * v);
    case ck_silu: EACH(NAME(silu_slope)(v));
    case ck_hardsigmoid: EACH(v > -3 && v < 3 ? (REAL)1 / 6 : 0);
    case ck_hardswish: EACH(v <= -3 ? 0 : v < 3 ? v / 3 + (REAL)0.5 : 1);
    case ck_gelu: EACH(NAME(gelu_slope)(v));
    case ck_gelu_tanh: EACH(NAME(gelu_tanh_slope)(v));
    case ck_quick_gelu: EACH(NAME(quick_gelu_slope)(v));
    case ck_elu: EACH(v > 0 ? 1 : a * real_exp(v));
    case ck_exp: EACH(v);
    case ck_log: EACH(1 / v);
    case ck_square: EACH(2 * v);
    case ck_sqrt: EACH((REAL)0.5 / v);
    case ck_rsqrt: EACH((REAL)-0.5 * v * v * v);
    case ck_reciprocal: EACH(-v * v);
    case ck_power: EACH_CALLING(a * pow(v, a - 1));
    case ck_abs: EACH(v > 0 ? 1 : v < 0 ? -1 : 0);
    case ck_softplus: EACH(NAME(sigmoid)(v));
    }
}

#undef EACH
#undef EACH_CALLING
#undef GELU_RATE
#undef GELU_CUBIC
