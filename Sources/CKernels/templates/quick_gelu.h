// y = x·σ(1.702·x); dx = dy·(σ + 1.702·x·σ·(1 − σ)).

INLINE REAL NAME(sigmoid)(REAL x) {
    // Of the exponential of a negative number, so that nothing overflows.
    REAL e = real_exp(x < 0 ? x : -x);
    REAL upper = 1 / (1 + e);
    return x < 0 ? e * upper : upper;
}

KERNEL void NAME(quick_gelu_forward)(size_t count, const REAL *input, REAL *output) {
    VECTORISE
    for (size_t i = 0; i < count; i++) output[i] = input[i] * NAME(sigmoid)((REAL)1.702 * input[i]);
}

KERNEL void NAME(quick_gelu_backward)(size_t count, const REAL *input, const REAL *d_output, REAL *d_input) {
    VECTORISE
    for (size_t i = 0; i < count; i++) {
        REAL x = input[i];
        REAL s = NAME(sigmoid)((REAL)1.702 * x);
        d_input[i] = d_output[i] * s * (1 + (REAL)1.702 * x * (1 - s));
    }
}
