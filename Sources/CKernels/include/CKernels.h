// Elementwise and row-wise kernels. Each is compiled for AVX-512, AVX2 and plain x86-64; the loader picks at run time.
// What each computes is documented at its Swift name in the module Kernels.
#ifndef MEHLSOUP_CKERNELS_H
#define MEHLSOUP_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A function of one number; `a` and `b` are its constants. Its slope is taken at x, or at y where that is said.
enum ck_function {
    ck_affine,
    /// The slope is taken at y, as are those of hardtanh, the sigmoid, tanh, exp, sqrt, rsqrt and reciprocal.
    ck_leaky_relu,
    ck_clamp,
    ck_hardtanh,
    ck_sigmoid,
    ck_tanh,
    ck_silu,
    ck_hardsigmoid,
    ck_hardswish,
    ck_gelu,
    ck_gelu_tanh,
    ck_quick_gelu,
    ck_elu,
    ck_exp,
    ck_log,
    ck_square,
    ck_sqrt,
    ck_rsqrt,
    ck_reciprocal,
    ck_power,
    ck_abs,
    ck_softplus,
};

/// A convolution of images whose pixels have `channels` channels, of which a kernel reads `kernel_channels`.
struct ck_convolution {
    size_t height, width, channels;
    size_t kernel_height, kernel_width, kernel_channels;
    size_t stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;
    size_t output_height, output_width;
};

/// Channels that a depthwise convolution works on at once.
enum { CK_BLOCK = 16 };

/// rows × columns windows of images `width` wide; by row and by column, where a window starts and ends.
struct ck_windows {
    size_t width, rows, columns;
    const size_t *row_ends, *column_ends;
};

#define DECLARE_KERNELS(REAL, SUFFIX)                                                                                  \
    void ck_layer_norm_forward_##SUFFIX(size_t rows, size_t channels, bool centred, REAL epsilon, const REAL *input,   \
                                        const REAL *weight, const REAL *bias, REAL *output, REAL *mean, REAL *rstd);   \
    void ck_layer_norm_backward_input_##SUFFIX(size_t rows, size_t channels, bool centred, const REAL *input,          \
                                               const REAL *weight, const REAL *mean, const REAL *rstd,                 \
                                               const REAL *d_output, REAL *d_input, bool add);                         \
    void ck_layer_norm_backward_parameters_##SUFFIX(size_t rows, size_t stride, size_t channels, const REAL *input,    \
                                                    const REAL *mean, const REAL *rstd, const REAL *d_output,          \
                                                    REAL *d_weight, REAL *d_bias, bool add);                           \
    void ck_function_forward_##SUFFIX(size_t count, enum ck_function function, REAL a, REAL b, const REAL *input,      \
                                      REAL *output);                                                                   \
    void ck_finish_rows_##SUFFIX(size_t rows, size_t stride, size_t columns, const REAL *_Nullable bias,               \
                                 const REAL *_Nullable residual, REAL *values, enum ck_function function, REAL a,      \
                                 REAL b, REAL *_Nullable output);                                                      \
    void ck_function_backward_##SUFFIX(size_t count, enum ck_function function, REAL a, REAL b, const REAL *value,     \
                                       const REAL *d_output, REAL *d_input, bool add);                                 \
    void ck_affine_columns_##SUFFIX(size_t rows, size_t channels, const REAL *input, const REAL *scale,                \
                                    const REAL *shift, REAL *output);                                                  \
    void ck_column_moments_##SUFFIX(size_t rows, size_t stride, size_t columns, const REAL *input,                     \
                                    const double *shift, double *sums, double *squares);                               \
    void ck_affine_columns_backward_input_##SUFFIX(size_t rows, size_t channels, const REAL *scale,                    \
                                                   const REAL *d_output, REAL *d_input, bool add);                     \
    void ck_affine_columns_backward_parameters_##SUFFIX(size_t rows, size_t stride, size_t columns,                    \
                                                        const REAL *input, const REAL *d_output, REAL *d_scale,        \
                                                        REAL *d_shift, bool add);                                      \
    void ck_gather_columns_##SUFFIX(struct ck_convolution shape, size_t first, size_t count, size_t channel,           \
                                    size_t start, size_t end, const REAL *images, REAL *columns);                      \
    void ck_gather_gradients_##SUFFIX(struct ck_convolution shape, size_t first, size_t count, size_t tap,             \
                                      size_t channel, size_t channels, size_t stride, const REAL *d_output,            \
                                      REAL *columns);                                                                  \
    void ck_scatter_gradients_##SUFFIX(struct ck_convolution shape, size_t first, size_t count, size_t tap,            \
                                       size_t channel, size_t channels, const REAL *columns, REAL *d_input);           \
    void ck_pad_block_##SUFFIX(size_t height, size_t width, size_t channels, size_t count, size_t step_y,              \
                               size_t step_x, size_t top, size_t left, size_t padded_height, size_t padded_width,      \
                               const REAL *image, REAL *padded);                                                       \
    void ck_depthwise_block_##SUFFIX(struct ck_convolution shape, size_t padded_width, size_t count, size_t stride,    \
                                     const REAL *padded, const REAL *weights, const REAL *_Nullable bias,              \
                                     REAL *output, bool add);                                                          \
    void ck_depthwise_block_weights_##SUFFIX(struct ck_convolution shape, size_t padded_width, const REAL *padded,     \
                                             const REAL *d_output, REAL *d_weights);                                   \
    void ck_max_pool_forward_##SUFFIX(struct ck_windows shape, size_t stride, size_t channels, const REAL *input,      \
                                      REAL *output);                                                                   \
    void ck_max_pool_backward_##SUFFIX(struct ck_windows shape, size_t stride, size_t channels, const REAL *input,     \
                                       const REAL *output, const REAL *d_output, REAL *d_input);                       \
    void ck_average_pool_forward_##SUFFIX(struct ck_windows shape, size_t stride, size_t channels,                     \
                                          const double *row_factors, const double *column_factors,                     \
                                          const REAL *input, REAL *output);                                            \
    void ck_average_pool_backward_##SUFFIX(struct ck_windows shape, size_t stride, size_t channels,                    \
                                           const double *row_factors, const double *column_factors,                    \
                                           const REAL *d_output, REAL *d_input);                                       \
    void ck_gather_rows_##SUFFIX(size_t rows, size_t width, const int64_t *places, const REAL *input, REAL *output);   \
    void ck_gather_sums_##SUFFIX(size_t rows, size_t width, const int64_t *starts, const int64_t *places,              \
                                 const REAL *input, REAL *sums, bool add);                                             \
    void ck_add_scaled_##SUFFIX(size_t count, const REAL *left, size_t left_stride, REAL factor, const REAL *right,    \
                                size_t right_stride, REAL *output);                                                    \
    void ck_multiply_##SUFFIX(size_t count, const REAL *left, size_t left_stride, const REAL *right,                   \
                              size_t right_stride, REAL *output, bool add);                                            \
    REAL ck_sum_of_products_##SUFFIX(size_t count, const REAL *left, const REAL *right, size_t right_stride);          \
    void ck_multiply_rows_##SUFFIX(size_t rows, size_t count, const REAL *left, size_t left_row, const REAL *right,    \
                                   size_t right_row, size_t right_stride, REAL *output, size_t output_row, bool add);  \
    void ck_copy_strided_##SUFFIX(size_t rows, size_t count, const REAL *input, size_t input_row,                      \
                                  size_t input_stride, REAL *output, size_t output_row, size_t output_stride,          \
                                  bool add);                                                                           \
    void ck_soft_max_forward_##SUFFIX(size_t rows, size_t columns, REAL *scores);                                      \
    void ck_soft_max_backward_##SUFFIX(size_t rows, size_t columns, const REAL *probabilities, REAL *gradient);        \
    void ck_add_##SUFFIX(size_t count, const REAL *left, const REAL *right, REAL *output);                             \
    void ck_accumulate_##SUFFIX(size_t count, const REAL *input, REAL *sum);                                           \
    void ck_scale_##SUFFIX(size_t count, REAL factor, const REAL *input, REAL *output);                                \
    void ck_column_sums_##SUFFIX(size_t rows, size_t stride, size_t columns, const REAL *input, REAL *sums,            \
                                 bool add);                                                                            \
    void ck_extract_patches_##SUFFIX(size_t batch, size_t channels, size_t height, size_t width, size_t patch,         \
                                     const REAL *images, REAL *patches);                                               \
    double ck_cross_entropy_forward_##SUFFIX(size_t rows, size_t classes, REAL temperature, const REAL *logits,        \
                                             const REAL *targets, REAL *probabilities);                                \
    double ck_cross_entropy_backward_##SUFFIX(size_t rows, size_t classes, REAL temperature, const REAL *logits,       \
                                              const REAL *probabilities, const REAL *targets, REAL scale,              \
                                              REAL *d_logits);

DECLARE_KERNELS(float, f32)
DECLARE_KERNELS(double, f64)

#undef DECLARE_KERNELS

// Mixing: the differences of the ingredients from the centre are stored as float32 or bfloat16.
void ck_mix_f32(size_t count, float coefficient, const float *difference, float *sum);
void ck_mix_bf16(size_t count, float coefficient, const uint16_t *difference, float *sum);
double ck_dot_f32(size_t count, const float *left, const float *right);
double ck_dot_bf16(size_t count, const float *left, const uint16_t *right);
void ck_subtract(size_t count, const float *centre, float *values);
void ck_mix_f64(size_t count, double coefficient, const float *input, double *sum);

/// Differences in 8 bits: blocks of `ck_i8_block()` numbers, each with a scale (float32) before them; the last one is whole in
/// memory however few are in it.
size_t ck_i8_block(void);
void ck_i8_from_f32(size_t count, const float *input, void *output);
void ck_f32_from_i8(size_t count, const void *input, float *output);
void ck_mix_i8(size_t count, float coefficient, const void *difference, float *sum);
double ck_dot_i8(size_t count, const float *left, const void *right);

// Conversions, to nearest even; NaN stays NaN.
void ck_bf16_from_f32(size_t count, const float *input, uint16_t *output);
void ck_f32_from_bf16(size_t count, const uint16_t *input, float *output);

void ck_adamw(size_t count, float learning_rate, float beta1, float beta2, float epsilon, float decay,
              float correction1, float correction2, float scale, const float *gradient, float *parameters,
              float *first, float *second);

// Bytes resampled by weights in fixed point of 22 bits: along a row, pixel by pixel, and across rows.
void ck_resample_row(size_t places, size_t channels, const uint8_t *row, const int32_t *starts, const int32_t *counts,
                     const int32_t *weights, size_t width, uint8_t *output);
void ck_resample_column(size_t count, size_t taps, const uint8_t *rows, size_t stride, const int32_t *weights,
                        uint8_t *output);

/// "avx512", "avx2" or "baseline": the widest vectors that these kernels use on this processor.
const char *ck_vector_set(void);

/// Whether this processor is one of Intel's.
bool ck_is_intel(void);

#pragma clang assume_nonnull end

#endif
