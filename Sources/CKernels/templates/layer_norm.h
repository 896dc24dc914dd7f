// Per row: x̂ = (x − mean)·rstd, y = x̂·weight + bias, rstd = 1/√(variance + ε), the variance without Bessel's
// correction; where it is not centred, with 0 for the mean.

KERNEL void NAME(layer_norm_forward)(size_t rows, size_t channels, bool centred, REAL epsilon, const REAL *input,
                                     const REAL *weight, const REAL *bias, REAL *output, REAL *mean, REAL *rstd) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * channels;
        REAL *y = output + row * channels;
        REAL sum = 0, squares = 0;
        if (centred) LANE_SUM(REAL, sum, channels, x[i]);
        REAL centre = sum / (REAL)channels;
        LANE_SUM(REAL, squares, channels, (x[i] - centre) * (x[i] - centre));
        REAL scale = 1 / FAST_SQRT(squares / (REAL)channels + epsilon);
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < channels; i++) y[i] = (x[i] - centre) * scale * weight[i] + bias[i];
        mean[row] = centre;
        rstd[row] = scale;
    }
}

// dx = rstd·(g − mean(g) − x̂·mean(g·x̂)) with g = dy·weight; without mean(g) where it is not centred.
KERNEL void NAME(layer_norm_backward_input)(size_t rows, size_t channels, bool centred, const REAL *input,
                                            const REAL *weight, const REAL *mean, const REAL *rstd,
                                            const REAL *d_output, REAL *d_input, bool add) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * channels;
        const REAL *dy = d_output + row * channels;
        REAL *dx = d_input + row * channels;
        REAL centre = mean[row], scale = rstd[row];
        REAL sum = 0, product = 0;
        if (centred) LANE_SUM(REAL, sum, channels, dy[i] * weight[i]);
        LANE_SUM(REAL, product, channels, dy[i] * weight[i] * ((x[i] - centre) * scale));
        REAL sum_mean = sum / (REAL)channels, product_mean = product / (REAL)channels;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < channels; i++) {
            REAL normalised = (x[i] - centre) * scale;
            REAL gradient = (dy[i] * weight[i] - sum_mean - normalised * product_mean) * scale;
            dx[i] = add ? dx[i] + gradient : gradient;
        }
    }
}

// dweight = Σ dy·x̂; dbias = Σ dy: of `channels` columns of matrices whose rows are `stride` apart.
KERNEL void NAME(layer_norm_backward_parameters)(size_t rows, size_t stride, size_t channels, const REAL *input,
                                                 const REAL *mean, const REAL *rstd, const REAL *d_output,
                                                 REAL *d_weight, REAL *d_bias, bool add) {
    if (!add) {
        memset(d_weight, 0, channels * sizeof(REAL));
        memset(d_bias, 0, channels * sizeof(REAL));
    }
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * stride;
        const REAL *dy = d_output + row * stride;
        REAL centre = mean[row], scale = rstd[row];
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < channels; i++) {
            d_weight[i] += dy[i] * ((x[i] - centre) * scale);
            d_bias[i] += dy[i];
        }
    }
}
