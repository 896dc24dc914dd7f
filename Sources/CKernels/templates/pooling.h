// Windows of images of height × width × channels: output row y is of the rows ends[2y] ..< ends[2y + 1], likewise columns;
// `channels` of the `stride` channels of a pixel.

KERNEL void NAME(max_pool_forward)(struct ck_windows shape, size_t stride, size_t channels, const REAL *input,
                                   REAL *output) {
    for (size_t y = 0; y < shape.rows; y++)
        for (size_t x = 0; x < shape.columns; x++) {
            REAL *target = output + (y * shape.columns + x) * stride;
            for (size_t i = 0; i < channels; i++) target[i] = (REAL)-INFINITY;
            for (size_t v = shape.row_ends[2 * y]; v < shape.row_ends[2 * y + 1]; v++)
                for (size_t u = shape.column_ends[2 * x]; u < shape.column_ends[2 * x + 1]; u++) {
                    const REAL *source = input + (v * shape.width + u) * stride;
#pragma clang loop vectorize(enable)
                    for (size_t i = 0; i < channels; i++) target[i] = source[i] > target[i] ? source[i] : target[i];
                }
        }
}

// To the first of a window's greatest; the gradient is added.
KERNEL void NAME(max_pool_backward)(struct ck_windows shape, size_t stride, size_t channels, const REAL *input,
                                    const REAL *output, const REAL *d_output, REAL *d_input) {
    for (size_t y = 0; y < shape.rows; y++)
        for (size_t x = 0; x < shape.columns; x++) {
            size_t place = (y * shape.columns + x) * stride;
            for (size_t i = 0; i < channels; i++) {
                bool is_found = false;
                for (size_t v = shape.row_ends[2 * y]; v < shape.row_ends[2 * y + 1] && !is_found; v++)
                    for (size_t u = shape.column_ends[2 * x]; u < shape.column_ends[2 * x + 1] && !is_found; u++) {
                        size_t source = (v * shape.width + u) * stride + i;
                        is_found = input[source] == output[place + i];
                        if (is_found) d_input[source] += d_output[place + i];
                    }
            }
        }
}

// The windows' sums times their rows' and columns' factors.
KERNEL void NAME(average_pool_forward)(struct ck_windows shape, size_t stride, size_t channels,
                                       const double *row_factors, const double *column_factors, const REAL *input,
                                       REAL *output) {
    for (size_t y = 0; y < shape.rows; y++)
        for (size_t x = 0; x < shape.columns; x++) {
            REAL *target = output + (y * shape.columns + x) * stride;
            REAL factor = (REAL)(row_factors[y] * column_factors[x]);
            for (size_t i = 0; i < channels; i++) target[i] = 0;
            for (size_t v = shape.row_ends[2 * y]; v < shape.row_ends[2 * y + 1]; v++)
                for (size_t u = shape.column_ends[2 * x]; u < shape.column_ends[2 * x + 1]; u++) {
                    const REAL *source = input + (v * shape.width + u) * stride;
#pragma clang loop vectorize(enable)
                    for (size_t i = 0; i < channels; i++) target[i] += source[i];
                }
#pragma clang loop vectorize(enable)
            for (size_t i = 0; i < channels; i++) target[i] *= factor;
        }
}

// The gradient is added.
KERNEL void NAME(average_pool_backward)(struct ck_windows shape, size_t stride, size_t channels,
                                        const double *row_factors, const double *column_factors, const REAL *d_output,
                                        REAL *d_input) {
    for (size_t y = 0; y < shape.rows; y++)
        for (size_t x = 0; x < shape.columns; x++) {
            const REAL *source = d_output + (y * shape.columns + x) * stride;
            REAL factor = (REAL)(row_factors[y] * column_factors[x]);
            for (size_t v = shape.row_ends[2 * y]; v < shape.row_ends[2 * y + 1]; v++)
                for (size_t u = shape.column_ends[2 * x]; u < shape.column_ends[2 * x + 1]; u++) {
                    REAL *target = d_input + (v * shape.width + u) * stride;
#pragma clang loop vectorize(enable)
                    for (size_t i = 0; i < channels; i++) target[i] += factor * source[i];
                }
        }
}
