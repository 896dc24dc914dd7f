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

// A block of 8-bit differences: how much one is worth, and the block's numbers.
#define I8_BLOCK 128
struct i8_block {
    float scale;
    int8_t numbers[I8_BLOCK];
};

size_t ck_i8_block(void) { return I8_BLOCK; }

// What is not finite makes its block's scale so: it is found where the numbers are read.
INLINE void store_i8(size_t count, const float *input, struct i8_block *block) {
    float greatest = 0, nothing = 0;
    LANE_MAXIMUM(float, greatest, count, __builtin_fabsf(input[i]));
    LANE_SUM(float, nothing, count, input[i] * 0);
    bool is_zero = !(greatest > 1e-30f);
    block->scale = nothing != 0 ? nothing : is_zero ? 0 : greatest / 127;
    float inverse = nothing != 0 || is_zero ? 0 : 127 / greatest;
    for (size_t i = 0; i < I8_BLOCK; i++) {
        block->numbers[i] = i < count && nothing == 0 ? (int8_t)__builtin_rintf(input[i] * inverse) : 1;
    }
}

KERNEL void ck_i8_from_f32(size_t count, const float *input, void *output) {
    struct i8_block *blocks = output;
    for (size_t start = 0; start < count; start += I8_BLOCK) {
        size_t part = count - start < I8_BLOCK ? count - start : I8_BLOCK;
        store_i8(part, input + start, blocks + start / I8_BLOCK);
    }
}

KERNEL void ck_f32_from_i8(size_t count, const void *input, float *output) {
    const struct i8_block *blocks = input;
    for (size_t start = 0; start < count; start += I8_BLOCK) {
        const struct i8_block *block = blocks + start / I8_BLOCK;
        size_t part = count - start < I8_BLOCK ? count - start : I8_BLOCK;
        for (size_t i = 0; i < part; i++) output[start + i] = block->scale * (float)block->numbers[i];
    }
}

KERNEL void ck_mix_i8(size_t count, float coefficient, const void *difference, float *sum) {
    const struct i8_block *blocks = difference;
    for (size_t start = 0; start < count; start += I8_BLOCK) {
        const struct i8_block *block = blocks + start / I8_BLOCK;
        size_t part = count - start < I8_BLOCK ? count - start : I8_BLOCK;
        float scaled = coefficient * block->scale;
        float *output = sum + start;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < part; i++) output[i] += scaled * (float)block->numbers[i];
    }
}

KERNEL double ck_dot_i8(size_t count, const float *left, const void *right) {
    const struct i8_block *blocks = right;
    double lanes[LANES] = {0};
    for (size_t start = 0; start < count; start += LANES) {
        const struct i8_block *block = blocks + start / I8_BLOCK;
        const int8_t *numbers = block->numbers + start % I8_BLOCK;
        const float *factors = left + start;
        double scale = block->scale;
        if (count - start >= LANES) {
#pragma clang loop vectorize(enable)
            for (size_t lane = 0; lane < LANES; lane++) {
                lanes[lane] += (double)factors[lane] * (double)numbers[lane] * scale;
            }
        } else {
            for (size_t lane = 0; lane < count - start; lane++) {
                lanes[lane] += (double)factors[lane] * (double)numbers[lane] * scale;
            }
        }
    }
    double total = 0;
    LANE_SUM(double, total, LANES, lanes[i]);
    return total;
}

KERNEL void ck_subtract(size_t count, const float *centre, float *values) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) values[i] -= centre[i];
}
