// The templates for double, on the C library's functions: the reference that gradients are checked in.
#include "kernel.h"

#define REAL double
#define NAME(name) ck_##name##_f64
#define VECTORISE  // calls into the C library cannot be vectorised

INLINE double real_exp(double x) { return exp(x); }

INLINE double normal_integral(double x, double *exponential) {
    *exponential = exp(-0.5 * x * x);
    return 0.5 * erfc(-x * 0.70710678118654752440);
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
