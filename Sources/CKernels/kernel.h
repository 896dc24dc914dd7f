// What every kernel source needs: the attribute that compiles a function once per vector set, and lane-wise sums.
#ifndef MEHLSOUP_KERNEL_H
#define MEHLSOUP_KERNEL_H

#include <math.h>
#include <string.h>

#include "CKernels.h"

// What chooses among the clones runs before ThreadSanitizer has begun, which would be called in it.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

#define INLINE static inline __attribute__((always_inline))

// sqrt without errno, which would keep a loop from being vectorised.
#define FAST_SQRT(x) __builtin_elementwise_sqrt(x)

// Sums are kept in this many independent lanes, added up in order at the end: the same order for every vector set,
// and enough parallel chains for the widest one.
#define LANES 32

// sum += expression for i in 0 ..< count; `i` is the loop variable.
#define LANE_SUM(TYPE, sum, count, expression)                                                                         \
    do {                                                                                                               \
        TYPE lanes_[LANES] = {0};                                                                                      \
        size_t whole_ = (count) / LANES * LANES;                                                                       \
        for (size_t base_ = 0; base_ < whole_; base_ += LANES) {                                                       \
            _Pragma("clang loop vectorize(enable)") for (size_t lane_ = 0; lane_ < LANES; lane_++) {                   \
                size_t i = base_ + lane_;                                                                              \
                lanes_[lane_] += (expression);                                                                         \
            }                                                                                                          \
        }                                                                                                              \
        for (size_t i = whole_; i < (count); i++) lanes_[i - whole_] += (expression);                                  \
        for (size_t step_ = LANES / 2; step_ > 0; step_ /= 2)                                                          \
            for (size_t lane_ = 0; lane_ < step_; lane_++) lanes_[lane_] += lanes_[lane_ + step_];                     \
        (sum) += lanes_[0];                                                                                            \
    } while (0)

// greatest = max(greatest, expression) for i in 0 ..< count.
#define LANE_MAXIMUM(TYPE, greatest, count, expression)                                                                \
    do {                                                                                                               \
        TYPE lanes_[LANES];                                                                                            \
        for (size_t lane_ = 0; lane_ < LANES; lane_++) lanes_[lane_] = (greatest);                                     \
        size_t whole_ = (count) / LANES * LANES;                                                                       \
        for (size_t base_ = 0; base_ < whole_; base_ += LANES) {                                                       \
            _Pragma("clang loop vectorize(enable)") for (size_t lane_ = 0; lane_ < LANES; lane_++) {                   \
                size_t i = base_ + lane_;                                                                              \
                TYPE value_ = (expression);                                                                            \
                lanes_[lane_] = value_ > lanes_[lane_] ? value_ : lanes_[lane_];                                       \
            }                                                                                                          \
        }                                                                                                              \
        for (size_t i = whole_; i < (count); i++)                                                                      \
            lanes_[i - whole_] = (expression) > lanes_[i - whole_] ? (expression) : lanes_[i - whole_];                \
        for (size_t lane_ = 0; lane_ < LANES; lane_++)                                                                 \
            (greatest) = lanes_[lane_] > (greatest) ? lanes_[lane_] : (greatest);                                      \
    } while (0)

#endif
