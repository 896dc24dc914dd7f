// Rows of arrays of any dimensions. A stride is the distance between two elements; of sums and products it is 0 or 1.

#define BY_STRIDES(LOOP)                                                                                               \
    do {                                                                                                               \
        if (left_stride && right_stride) {                                                                             \
            LOOP(left[i], right[i])                                                                                    \
        } else if (left_stride) {                                                                                      \
            LOOP(left[i], right[0])                                                                                    \
        } else if (right_stride) {                                                                                     \
            LOOP(left[0], right[i])                                                                                    \
        } else {                                                                                                       \
            LOOP(left[0], right[0])                                                                                    \
        }                                                                                                              \
    } while (0)

KERNEL void NAME(add_scaled)(size_t count, const REAL *left, size_t left_stride, REAL factor, const REAL *right,
                             size_t right_stride, REAL *output) {
#define LOOP(A, B)                                                                                                     \
    VECTORISE                                                                                                          \
    for (size_t i = 0; i < count; i++) output[i] = (A) + factor * (B);
    BY_STRIDES(LOOP);
#undef LOOP
}

KERNEL void NAME(multiply)(size_t count, const REAL *left, size_t left_stride, const REAL *right, size_t right_stride,
                           REAL *output, bool add) {
#define LOOP(A, B)                                                                                                     \
    VECTORISE                                                                                                          \
    for (size_t i = 0; i < count; i++) output[i] = (A) * (B);
#define LOOP_ADDING(A, B)                                                                                              \
    VECTORISE                                                                                                          \
    for (size_t i = 0; i < count; i++) output[i] += (A) * (B);
    if (add)
        BY_STRIDES(LOOP_ADDING);
    else
        BY_STRIDES(LOOP);
#undef LOOP
#undef LOOP_ADDING
}

KERNEL REAL NAME(sum_of_products)(size_t count, const REAL *left, const REAL *right, size_t right_stride) {
    REAL sum = 0;
    if (right_stride)
        LANE_SUM(REAL, sum, count, left[i] * right[i]);
    else
        LANE_SUM(REAL, sum, count, left[i] * right[0]);
    return sum;
}

#undef BY_STRIDES

// Rows, each `output_row` elements behind the last one: none for a sum of rows, which are added in their order.
KERNEL void NAME(multiply_rows)(size_t rows, size_t count, const REAL *left, size_t left_row, const REAL *right,
                                size_t right_row, size_t right_stride, REAL *output, size_t output_row, bool add) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *a = left + row * left_row, *b = right + row * right_row;
        REAL *c = output + row * output_row;
        bool adds = add || (row > 0 && output_row == 0);
#define LOOP(OPERATION, B)                                                                                             \
    VECTORISE                                                                                                          \
    for (size_t i = 0; i < count; i++) c[i] OPERATION a[i] * (B);
        if (right_stride && adds) {
            LOOP(+=, b[i])
        } else if (right_stride) {
            LOOP(=, b[i])
        } else if (adds) {
            LOOP(+=, b[0])
        } else {
            LOOP(=, b[0])
        }
#undef LOOP
    }
}

KERNEL void NAME(copy_strided)(size_t rows, size_t count, const REAL *input, size_t input_row, size_t input_stride,
                               REAL *output, size_t output_row, size_t output_stride, bool add) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *x = input + row * input_row;
        REAL *y = output + row * output_row;
        if (input_stride == 1 && output_stride == 1) {
            if (!add) {
                memcpy(y, x, count * sizeof(REAL));
                continue;
            }
#pragma clang loop vectorize(enable)
            for (size_t i = 0; i < count; i++) y[i] += x[i];
        } else if (add)
            for (size_t i = 0; i < count; i++) y[i * output_stride] += x[i * input_stride];
        else
            for (size_t i = 0; i < count; i++) y[i * output_stride] = x[i * input_stride];
    }
}
