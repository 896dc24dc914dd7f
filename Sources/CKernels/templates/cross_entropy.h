// Returns Σ over rows of −Σ target·log p, p = soft-max(logits), each row in double; the targets of a row sum to one.
KERNEL double NAME(cross_entropy_forward)(size_t rows, size_t classes, const REAL *logits, const REAL *targets,
                                          REAL *probabilities) {
    double loss = 0;
    for (size_t row = 0; row < rows; row++) {
        const REAL *z = logits + row * classes;
        const REAL *t = targets + row * classes;
        REAL *p = probabilities + row * classes;
        REAL greatest = z[0];
        for (size_t i = 1; i < classes; i++) greatest = z[i] > greatest ? z[i] : greatest;
        for (size_t i = 0; i < classes; i++) p[i] = real_exp(z[i] - greatest);
        double sum = 0, product = 0;
        LANE_SUM(double, sum, classes, (double)p[i]);
        LANE_SUM(double, product, classes, (double)t[i] * (double)(z[i] - greatest));
        loss += log(sum) - product;
        REAL scale = (REAL)(1 / sum);
        for (size_t i = 0; i < classes; i++) p[i] *= scale;
    }
    return loss;
}

// dlogits = scale·(p − target).
KERNEL void NAME(cross_entropy_backward)(size_t rows, size_t classes, const REAL *probabilities, const REAL *targets,
                                         REAL scale, REAL *d_logits) {
#pragma clang loop vectorize(enable)
    for (size_t i = 0; i < rows * classes; i++) d_logits[i] = scale * (probabilities[i] - targets[i]);
}
