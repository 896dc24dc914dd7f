// Weighted sums and dot products over chunks of the flat parameter vector; dots are taken in double.
#include "kernel.h"

INLINE float float_from_bf16(uint16_t bits) {
    uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

KERNEL void ck_mix_f32(size_t count, float coefficient, const float *difference, float *sum) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) sum[i] += coefficient * difference[i];
}

KERNEL void ck_mix_bf16(size_t count, float coefficient, const uint16_t *difference, float *sum) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) sum[i] += coefficient * float_from_bf16(difference[i]);
}

KERNEL void ck_mix_f64(size_t count, double coefficient, const float *input, double *sum) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) sum[i] += coefficient * (double)input[i];
}

KERNEL double ck_dot_f32(size_t count, const float *left, const float *right) {
    double sum = 0;
    LANE_SUM(double, sum, count, (double)left[i] * (double)right[i]);
    return sum;
}

KERNEL double ck_dot_bf16(size_t count, const float *left, const uint16_t *right) {
    double sum = 0;
    LANE_SUM(double, sum, count, (double)left[i] * (double)float_from_bf16(right[i]));
    return sum;
}

KERNEL void ck_bf16_from_f32(size_t count, const float *input, uint16_t *output) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, input + i, sizeof word);
        uint32_t rounded = (word + 0x7FFF + ((word >> 16) & 1)) >> 16;
        uint32_t quiet = (word >> 16) | 0x40;
        output[i] = (uint16_t)((word & 0x7FFFFFFF) > 0x7F800000 ? quiet : rounded);
    }
}

KERNEL void ck_f32_from_bf16(size_t count, const uint16_t *input, float *output) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) output[i] = float_from_bf16(input[i]);
}

KERNEL void ck_subtract(size_t count, const float *centre, float *values) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) values[i] -= centre[i];
}
