// Weighted sums of bytes in fixed point of 22 bits, as an 8-bit resampler needs them: the arithmetic is whole numbers', so
// that every vector set gives the same.
#include "kernel.h"

#define PRECISION 22
#define HALF (1 << (PRECISION - 1))
#define CHUNK 64

typedef int32_t int4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));

INLINE uint8_t clip(int32_t sum) {
    int32_t value = sum >> PRECISION;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

KERNEL void ck_resample_row(size_t places, size_t channels, const uint8_t *row, const int32_t *starts,
                            const int32_t *counts, const int32_t *weights, size_t width, uint8_t *output) {
    if (channels == 3) {
        for (size_t place = 0; place < places; place++) {
            const uint8_t *pixel = row + 3 * (size_t)starts[place];
            const int32_t *weight = weights + place * width;
            int4 sum = {HALF, HALF, HALF, HALF};
            for (int32_t tap = 0; tap < counts[place]; tap++) {
                byte4 bytes;
                memcpy(&bytes, pixel + 3 * tap, sizeof bytes);
                sum += __builtin_convertvector(bytes, int4) * weight[tap];
            }
            for (size_t channel = 0; channel < 3; channel++) output[3 * place + channel] = clip(sum[channel]);
        }
        return;
    }
    for (size_t place = 0; place < places; place++) {
        const uint8_t *pixel = row + starts[place];
        int32_t sum = HALF;
        for (int32_t tap = 0; tap < counts[place]; tap++) sum += pixel[tap] * weights[place * width + tap];
        output[place] = clip(sum);
    }
}

KERNEL void ck_resample_column(size_t count, size_t taps, const uint8_t *rows, size_t stride, const int32_t *weights,
                               uint8_t *output) {
    size_t start = 0;
    for (; start + CHUNK <= count; start += CHUNK) {
        int32_t sums[CHUNK];
        for (size_t i = 0; i < CHUNK; i++) sums[i] = HALF;
        for (size_t tap = 0; tap < taps; tap++) {
            const uint8_t *row = rows + tap * stride + start;
            int32_t weight = weights[tap];
#pragma clang loop vectorize(enable)
            for (size_t i = 0; i < CHUNK; i++) sums[i] += row[i] * weight;
        }
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < CHUNK; i++) output[start + i] = clip(sums[i]);
    }
    for (; start < count; start++) {
        int32_t sum = HALF;
        for (size_t tap = 0; tap < taps; tap++) sum += rows[tap * stride + start] * weights[tap];
        output[start] = clip(sum);
    }
}
