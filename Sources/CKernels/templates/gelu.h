// y = x·Φ(x); dx = dy·(Φ(x) + x·φ(x)), φ(x) = e^(−x²/2)/√(2π).

KERNEL void NAME(gelu_forward)(size_t count, const REAL *input, REAL *output) {
    VECTORISE
    for (size_t i = 0; i < count; i++) {
        REAL exponential;
        REAL x = input[i];
        output[i] = x * normal_integral(x, &exponential);
    }
}

KERNEL void NAME(gelu_backward)(size_t count, const REAL *input, const REAL *d_output, REAL *d_input) {
    VECTORISE
    for (size_t i = 0; i < count; i++) {
        REAL exponential;
        REAL x = input[i];
        REAL integral = normal_integral(x, &exponential);
        d_input[i] = d_output[i] * (integral + x * exponential * (REAL)0.39894228040143267794);
    }
}
