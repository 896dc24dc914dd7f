// AdamW with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), in PyTorch's order of operations.
#include "kernel.h"

KERNEL void ck_adamw(size_t count, float learning_rate, float beta1, float beta2, float epsilon, float decay,
                     float correction1, float correction2, float scale, const float *gradient, float *parameters,
                     float *first, float *second) {
    float root = 1 / FAST_SQRT(correction2);
    float rate = learning_rate / correction1;
    float shrink = 1 - learning_rate * decay;
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i] * scale;
        float m = beta1 * first[i] + (1 - beta1) * g;
        float v = beta2 * second[i] + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        parameters[i] = parameters[i] * shrink - rate * m / (FAST_SQRT(v) * root + epsilon);
    }
}
