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

// dγ, of `channels` columns of matrices whose rows are `stride` apart.
KERNEL void NAME(layer_scale_backward_scale)(size_t rows, size_t stride, size_t channels, const REAL *input,
                                             const REAL *d_output, REAL *d_scale, bool add) {
    if (!add) memset(d_scale, 0, channels * sizeof(REAL));
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * stride;
        const REAL *dy = d_output + row * stride;
        VECTORISE
        for (size_t i = 0; i < channels; i++) d_scale[i] += dy[i] * x[i];
    }
}
