// Returns Σ over rows of −Σ target·log p, p = soft-max(β·logits), each row in double; the targets of a row sum to one.
KERNEL double NAME(cross_entropy_forward)(size_t rows, size_t classes, REAL temperature, const REAL *logits,
                                          const REAL *targets, REAL *probabilities) {
    double loss = 0;
    for (size_t row = 0; row < rows; row++) {
        const REAL *z = logits + row * classes;
        const REAL *t = targets + row * classes;
        REAL *p = probabilities + row * classes;
        // Whose β·z is greatest. Differences are taken before they are multiplied: at β = 1 nothing is rounded twice.
        REAL top = z[0];
        for (size_t i = 1; i < classes; i++) top = temperature * (z[i] - top) > 0 ? z[i] : top;
        for (size_t i = 0; i < classes; i++) p[i] = real_exp(temperature * (z[i] - top));
        double sum = 0, product = 0;
        LANE_SUM(double, sum, classes, (double)p[i]);
        LANE_SUM(double, product, classes, (double)t[i] * (double)(temperature * (z[i] - top)));
        loss += log(sum) - product;
        REAL scale = (REAL)(1 / sum);
        for (size_t i = 0; i < classes; i++) p[i] *= scale;
    }
    return loss;
}

// dlogits = scale·β·(p − target), which may take the probabilities' place; returns scale·Σ (p − target)·logits, in double.
KERNEL double NAME(cross_entropy_backward)(size_t rows, size_t classes, REAL temperature, const REAL *logits,
                                           const REAL *probabilities, const REAL *targets, REAL scale,
                                           REAL *d_logits) {
    double slope = 0;
    REAL factor = scale * temperature;
    for (size_t row = 0; row < rows; row++) {
        const REAL *z = logits + row * classes;
        const REAL *t = targets + row * classes;
        const REAL *p = probabilities + row * classes;
        REAL *d = d_logits + row * classes;
        // Against the first logit: p − target sums to zero but for rounding, which a logit far from zero would magnify.
        LANE_SUM(double, slope, classes, ((double)p[i] - (double)t[i]) * ((double)z[i] - (double)z[0]));
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < classes; i++) d[i] = factor * (p[i] - t[i]);
    }
    return (double)scale * slope;
}
