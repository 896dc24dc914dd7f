// The templates for float, with vectorised exponential and normal distribution.
#include "kernel.h"

#define REAL float
#define NAME(name) ck_##name##_f32
// Arrays are either the same or apart: without that word equal pointers take the loop that is not vectorised.
#define VECTORISE _Pragma("clang loop vectorize(assume_safety)")

// eˣ, relative error 1e-7: 2ⁿ·eʳ with r in ±ln2/2 and a degree-6 minimax polynomial (fitted with mpmath); below −87 it is 0.
INLINE float real_exp(float x) {
    float clamped = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
    float shifted = clamped * 1.44269504f + 12582912.0f;  // 1.5·2²³: the low bits now hold n = round(x / ln 2)
    float n = shifted - 12582912.0f;
    float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 0x1.6ab97cp-10f;
    p = p * r + 0x1.126d10p-7f;
    p = p * r + 0x1.55589ap-5f;
    p = p * r + 0x1.55540ap-3f;
    p = p * r + 0x1.fffffap-2f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    // 2ⁿ of n's own bits, less those of 1.5·2²³: NaN, whose p is NaN, has no conversion to an integer.
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits - 0x4B400000u + 127u) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return x < -87.0f ? 0.0f : p * scale;
}

// Φ(x), the normal distribution's integral, and e^(−x²/2): the upper tail is e^(−x²/2)·P(t), t = 1/(1 + 0.3|x|), P of
// degree 8 fitted for relative error 6e-8 on |x| ≤ 14 (with mpmath), so that neither tail cancels.
INLINE float normal_integral(float x, float *exponential) {
    float a = x < 0 ? -x : x;
    float t = 1.0f / (1.0f + 0.3f * a);
    float p = 0.03837832330185304f;
    p = p * t + -0.1691662667796516f;
    p = p * t + 0.22866038186257398f;
    p = p * t + -0.07650679719499337f;
    p = p * t + 0.1425357272336578f;
    p = p * t + 0.09468344467584892f;
    p = p * t + 0.12192036008084282f;
    p = p * t + 0.11948768674934224f;
    p = p * t + 7.168987508118237e-06f;
    float e = real_exp(-0.5f * a * a);
    float tail = e * p;
    *exponential = e;
    return x < 0 ? tail : 1.0f - tail;
}

#include "templates/columns.h"
#include "templates/convolution.h"
#include "templates/cross_entropy.h"
#include "templates/elementwise.h"
#include "templates/gather.h"
#include "templates/layer_norm.h"
#include "templates/patches.h"
#include "templates/pooling.h"
#include "templates/functions.h"
#include "templates/soft_max.h"
#include "templates/strided.h"
