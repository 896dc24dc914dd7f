// Matrices whose columns are channels: a factor and a summand for each of them.

KERNEL void NAME(affine_columns)(size_t rows, size_t channels, const REAL *input, const REAL *scale, const REAL *shift,
                                 REAL *output) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * channels;
        REAL *y = output + row * channels;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < channels; i++) y[i] = x[i] * scale[i] + shift[i];
    }
}

// Σ (x − shift) and Σ (x − shift)² of `columns` columns of a matrix whose rows are `stride` apart, added to what is there.
KERNEL void NAME(column_moments)(size_t rows, size_t stride, size_t columns, const REAL *input, const double *shift,
                                 double *sums, double *squares) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * stride;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < columns; i++) {
            double difference = (double)x[i] - shift[i];
            sums[i] += difference;
            squares[i] += difference * difference;
        }
    }
}

KERNEL void NAME(affine_columns_backward_input)(size_t rows, size_t channels, const REAL *scale, const REAL *d_output,
                                                REAL *d_input, bool add) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *dy = d_output + row * channels;
        REAL *dx = d_input + row * channels;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < channels; i++) dx[i] = add ? dx[i] + dy[i] * scale[i] : dy[i] * scale[i];
    }
}

// dscale = Σ dy·x, dshift = Σ dy: of `columns` columns of matrices whose rows are `stride` apart.
KERNEL void NAME(affine_columns_backward_parameters)(size_t rows, size_t stride, size_t columns, const REAL *input,
                                                     const REAL *d_output, REAL *d_scale, REAL *d_shift, bool add) {
    if (!add) {
        memset(d_scale, 0, columns * sizeof(REAL));
        memset(d_shift, 0, columns * sizeof(REAL));
    }
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * stride;
        const REAL *dy = d_output + row * stride;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < columns; i++) {
            d_scale[i] += dy[i] * x[i];
            d_shift[i] += dy[i];
        }
    }
}
