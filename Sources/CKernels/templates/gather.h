// Rows of `width` elements: row r of the output is row places[r] of the input, or zero where that is negative.
KERNEL void NAME(gather_rows)(size_t rows, size_t width, const int64_t *places, const REAL *input, REAL *output) {
    for (size_t row = 0; row < rows; row++) {
        if (places[row] < 0)
            memset(output + row * width, 0, width * sizeof(REAL));
        else
            memcpy(output + row * width, input + (size_t)places[row] * width, width * sizeof(REAL));
    }
}

// Row r of the sum is that of the input's rows places[starts[r]], …, places[starts[r + 1] − 1], in this order.
KERNEL void NAME(gather_sums)(size_t rows, size_t width, const int64_t *starts, const int64_t *places,
                              const REAL *input, REAL *sums, bool add) {
    for (size_t row = 0; row < rows; row++) {
        REAL *sum = sums + row * width;
        if (!add) memset(sum, 0, width * sizeof(REAL));
        for (int64_t place = starts[row]; place < starts[row + 1]; place++) {
            const REAL *x = input + (size_t)places[place] * width;
#pragma clang loop vectorize(enable)
            for (size_t i = 0; i < width; i++) sum[i] += x[i];
        }
    }
}
