// images: batch × channels × height × width → patches: (batch · rows · columns) × (channels · patch · patch); pixels
// beyond the last whole patch are left out, as a strided convolution does.
KERNEL void NAME(extract_patches)(size_t batch, size_t channels, size_t height, size_t width, size_t patch,
                                  const REAL *images, REAL *patches) {
    size_t rows = height / patch, columns = width / patch;
    REAL *target = patches;
    for (size_t image = 0; image < batch; image++)
        for (size_t row = 0; row < rows; row++)
            for (size_t column = 0; column < columns; column++)
                for (size_t channel = 0; channel < channels; channel++)
                    for (size_t y = 0; y < patch; y++) {
                        const REAL *source =
                            images + ((image * channels + channel) * height + row * patch + y) * width + column * patch;
                        memcpy(target, source, patch * sizeof(REAL));
                        target += patch;
                    }
}
