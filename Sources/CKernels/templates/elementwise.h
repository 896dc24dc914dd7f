KERNEL void NAME(add)(size_t count, const REAL *left, const REAL *right, REAL *output) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) output[i] = left[i] + right[i];
}

KERNEL void NAME(accumulate)(size_t count, const REAL *input, REAL *sum) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) sum[i] += input[i];
}

KERNEL void NAME(column_sums)(size_t rows, size_t stride, size_t columns, const REAL *input, REAL *sums, bool add) {
    if (!add) memset(sums, 0, columns * sizeof(REAL));
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * stride;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < columns; i++) sums[i] += x[i];
    }
}

KERNEL void NAME(scale)(size_t count, REAL factor, const REAL *input, REAL *output) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) output[i] = factor * input[i];
}
