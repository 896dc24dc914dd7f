// In place, per row: p = e^(s − max s) / Σ e^(s − max s).
KERNEL void NAME(soft_max_forward)(size_t rows, size_t columns, REAL *scores) {
    for (size_t row = 0; row < rows; row++) {
        REAL *s = scores + row * columns;
        REAL greatest = s[0];
        LANE_MAXIMUM(REAL, greatest, columns, s[i]);
        VECTORISE
        for (size_t i = 0; i < columns; i++) s[i] = real_exp(s[i] - greatest);
        REAL sum = 0;
        LANE_SUM(REAL, sum, columns, s[i]);
        REAL scale = 1 / sum;
        VECTORISE
        for (size_t i = 0; i < columns; i++) s[i] *= scale;
    }
}

// In place, per row: ds = p·(dp − Σ p·dp).
KERNEL void NAME(soft_max_backward)(size_t rows, size_t columns, const REAL *probabilities, REAL *gradient) {
    for (size_t row = 0; row < rows; row++) {
        const REAL *p = probabilities + row * columns;
        REAL *d = gradient + row * columns;
        REAL product = 0;
        LANE_SUM(REAL, product, columns, p[i] * d[i]);
        VECTORISE
        for (size_t i = 0; i < columns; i++) d[i] = p[i] * (d[i] - product);
    }
}
