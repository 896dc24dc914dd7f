// Images are height × width × channels, of which a kernel reads some. What is outside of an image is zero.

// Row p of `columns` holds, tap by tap, the channels that output pixel `first` + p is made of: of those kernel columns
// (tap · channels + channel) that lie in `start` ..< `end`.
KERNEL void NAME(gather_columns)(struct ck_convolution shape, size_t first, size_t count, size_t channel, size_t start,
                                 size_t end, const REAL *images, REAL *columns) {
    size_t channels = shape.kernel_channels, width = end - start;
    size_t pixels = shape.output_height * shape.output_width;
    for (size_t p = 0; p < count; p++) {
        size_t image = (first + p) / pixels, place = (first + p) % pixels;
        size_t top = place / shape.output_width * shape.stride_y, left = place % shape.output_width * shape.stride_x;
        const REAL *source = images + image * shape.height * shape.width * shape.channels + channel;
        REAL *target = columns + p * width;
        for (size_t tap = start / channels; tap * channels < end; tap++) {
            size_t low = tap * channels < start ? start - tap * channels : 0;
            size_t high = (tap + 1) * channels > end ? end - tap * channels : channels;
            // Below zero they wrap around to far beyond the image.
            size_t y = top + tap / shape.kernel_width * shape.dilation_y - shape.padding_y;
            size_t x = left + tap % shape.kernel_width * shape.dilation_x - shape.padding_x;
            if (y < shape.height && x < shape.width)
                memcpy(target, source + (y * shape.width + x) * shape.channels + low, (high - low) * sizeof(REAL));
            else
                memset(target, 0, (high - low) * sizeof(REAL));
            target += high - low;
        }
    }
}

// Row p of `columns` holds the `count_channels` output channels whose gradient input pixel `first` + p gets through one tap:
// zero where there is none.
KERNEL void NAME(gather_gradients)(struct ck_convolution shape, size_t first, size_t count, size_t tap, size_t channel,
                                   size_t channels, size_t stride, const REAL *d_output, REAL *columns) {
    size_t pixels = shape.height * shape.width;
    for (size_t p = 0; p < count; p++) {
        size_t image = (first + p) / pixels, place = (first + p) % pixels;
        size_t y = place / shape.width + shape.padding_y - tap / shape.kernel_width * shape.dilation_y;
        size_t x = place % shape.width + shape.padding_x - tap % shape.kernel_width * shape.dilation_x;
        bool is_read = y / shape.stride_y < shape.output_height && x / shape.stride_x < shape.output_width &&
                       y % shape.stride_y == 0 && x % shape.stride_x == 0;
        size_t row = (image * shape.output_height + y / shape.stride_y) * shape.output_width + x / shape.stride_x;
        if (is_read)
            memcpy(columns + p * channels, d_output + row * stride + channel, channels * sizeof(REAL));
        else
            memset(columns + p * channels, 0, channels * sizeof(REAL));
    }
}

// Row p of `columns`, the gradient of what one tap reads for output pixel `first` + p, is added to the input's.
KERNEL void NAME(scatter_gradients)(struct ck_convolution shape, size_t first, size_t count, size_t tap, size_t channel,
                                    size_t channels, const REAL *columns, REAL *d_input) {
    size_t pixels = shape.output_height * shape.output_width;
    for (size_t p = 0; p < count; p++) {
        size_t image = (first + p) / pixels, place = (first + p) % pixels;
        size_t y = place / shape.output_width * shape.stride_y + tap / shape.kernel_width * shape.dilation_y -
                   shape.padding_y;
        size_t x = place % shape.output_width * shape.stride_x + tap % shape.kernel_width * shape.dilation_x -
                   shape.padding_x;
        if (y >= shape.height || x >= shape.width) continue;
        const REAL *source = columns + p * channels;
        REAL *target = d_input + ((image * shape.height + y) * shape.width + x) * shape.channels + channel;
#pragma clang loop vectorize(enable)
        for (size_t i = 0; i < channels; i++) target[i] += source[i];
    }
}

typedef REAL NAME(block) __attribute__((vector_size(CK_BLOCK * sizeof(REAL)), aligned(sizeof(REAL))));

// `count` channels of an image as blocks of CK_BLOCK, zero between pixels, around them and in channels that are not there.
KERNEL void NAME(pad_block)(size_t height, size_t width, size_t channels, size_t count, size_t step_y, size_t step_x,
                            size_t top, size_t left, size_t padded_height, size_t padded_width, const REAL *image,
                            REAL *padded) {
    memset(padded, 0, padded_height * padded_width * CK_BLOCK * sizeof(REAL));
    for (size_t y = 0; y < height && top + y * step_y < padded_height; y++)
        for (size_t x = 0; x < width && left + x * step_x < padded_width; x++) {
            REAL *target = padded + ((top + y * step_y) * padded_width + left + x * step_x) * CK_BLOCK;
            const REAL *source = image + (y * width + x) * channels;
            if (count == CK_BLOCK)
                *(NAME(block) *)target = *(const NAME(block) *)source;
            else
                memcpy(target, source, count * sizeof(REAL));
        }
}

// Pixels side by side that share a load of the weight.
#define PIXELS 4

// A depthwise convolution of one padded block: weights are taps × CK_BLOCK, the output's pixels `stride` apart.
KERNEL void NAME(depthwise_block)(struct ck_convolution shape, size_t padded_width, size_t count, size_t stride,
                                  const REAL *padded, const REAL *weights, const REAL *bias, REAL *output,
                                  bool add) {
    NAME(block) start = {0};
    if (bias) memcpy(&start, bias, count * sizeof(REAL));
    for (size_t y = 0; y < shape.output_height; y++)
        for (size_t x = 0; x < shape.output_width; x += PIXELS) {
            size_t pixels = shape.output_width - x < PIXELS ? shape.output_width - x : PIXELS;
            // At the end of a row the last pixel is computed more than once.
            size_t last = pixels - 1;
            NAME(block) sums[PIXELS] = {start, start, start, start};
            for (size_t ky = 0; ky < shape.kernel_height; ky++) {
                const REAL *row = padded + ((y * shape.stride_y + ky * shape.dilation_y) * padded_width +
                                            x * shape.stride_x) * CK_BLOCK;
                size_t step = shape.stride_x * CK_BLOCK;
                const REAL *second = row + (last < 1 ? last : 1) * step, *third = row + (last < 2 ? last : 2) * step;
                const REAL *fourth = row + last * step;
                for (size_t kx = 0; kx < shape.kernel_width; kx++) {
                    size_t offset = kx * shape.dilation_x * CK_BLOCK;
                    NAME(block) w = *(const NAME(block) *)(weights + (ky * shape.kernel_width + kx) * CK_BLOCK);
                    sums[0] += w * *(const NAME(block) *)(row + offset);
                    sums[1] += w * *(const NAME(block) *)(second + offset);
                    sums[2] += w * *(const NAME(block) *)(third + offset);
                    sums[3] += w * *(const NAME(block) *)(fourth + offset);
                }
            }
            for (size_t pixel = 0; pixel < pixels; pixel++) {
                REAL *target = output + (y * shape.output_width + x + pixel) * stride;
                if (count == CK_BLOCK) {
                    NAME(block) *whole = (NAME(block) *)target;
                    *whole = add ? *whole + sums[pixel] : sums[pixel];
                    continue;
                }
                REAL found[CK_BLOCK];
                memcpy(found, &sums[pixel], sizeof found);
                if (add)
                    for (size_t i = 0; i < count; i++) target[i] += found[i];
                else
                    memcpy(target, found, count * sizeof(REAL));
            }
        }
}

// Taps of a kernel's row whose sums stay in registers.
#define TAPS 4

// The gradient of a block's weights, taps × CK_BLOCK, which it is added to; both images are in blocks.
KERNEL void NAME(depthwise_block_weights)(struct ck_convolution shape, size_t padded_width, const REAL *padded,
                                          const REAL *d_output, REAL *d_weights) {
    for (size_t ky = 0; ky < shape.kernel_height; ky++)
        for (size_t kx = 0; kx < shape.kernel_width; kx += TAPS) {
            size_t taps = shape.kernel_width - kx < TAPS ? shape.kernel_width - kx : TAPS;
            // Beyond the end of the row the last tap is computed more than once.
            size_t last = taps - 1, step = shape.dilation_x * CK_BLOCK;
            size_t offsets[TAPS] = {0, (last < 1 ? last : 1) * step, (last < 2 ? last : 2) * step, last * step};
            NAME(block) sums[TAPS] = {{0}};
            for (size_t y = 0; y < shape.output_height; y++) {
                const REAL *dy = d_output + y * shape.output_width * CK_BLOCK;
                const REAL *row = padded + ((y * shape.stride_y + ky * shape.dilation_y) * padded_width +
                                            kx * shape.dilation_x) * CK_BLOCK;
                for (size_t x = 0; x < shape.output_width; x++) {
                    NAME(block) d = *(const NAME(block) *)(dy + x * CK_BLOCK);
                    const REAL *source = row + x * shape.stride_x * CK_BLOCK;
                    sums[0] += d * *(const NAME(block) *)(source + offsets[0]);
                    sums[1] += d * *(const NAME(block) *)(source + offsets[1]);
                    sums[2] += d * *(const NAME(block) *)(source + offsets[2]);
                    sums[3] += d * *(const NAME(block) *)(source + offsets[3]);
                }
            }
            for (size_t tap = 0; tap < taps; tap++) {
                REAL *target = d_weights + (ky * shape.kernel_width + kx + tap) * CK_BLOCK;
                REAL found[CK_BLOCK];
                memcpy(found, &sums[tap], sizeof found);
                for (size_t i = 0; i < CK_BLOCK; i++) target[i] += found[i];
            }
        }
}

#undef PIXELS
#undef TAPS
