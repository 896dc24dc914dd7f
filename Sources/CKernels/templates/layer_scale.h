// y = γ·x per channel; dx = γ·dy; dγ = Σ over rows of dy·x.

KERNEL void NAME(layer_scale_forward)(size_t rows, size_t channels, const REAL *input, const REAL *scale,
                                      REAL *output) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * channels;
        REAL *y = output + row * channels;
        VECTORISE
        for (size_t i = 0; i < channels; i++) y[i] = scale[i] * x[i];
    }
}

KERNEL void NAME(layer_scale_backward)(size_t rows, size_t channels, const REAL *input, const REAL *scale,
                                       const REAL *d_output, REAL *d_input, REAL *d_scale, bool add) {
    if (!add) memset(d_scale, 0, channels * sizeof(REAL));
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * channels;
        const REAL *dy = d_output + row * channels;
        REAL *dx = d_input + row * channels;
        VECTORISE
        for (size_t i = 0; i < channels; i++) {
            d_scale[i] += dy[i] * x[i];
            dx[i] = scale[i] * dy[i];
        }
    }
}
