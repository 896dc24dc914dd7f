#include "CVips.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_started;

// What a loader thinks odd and goes on with is nobody's concern: what it cannot read is an error.
static void be_silent(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
    (void)domain, (void)level, (void)message, (void)data;
}

static void start(void) {
    if (VIPS_INIT("mehlsoup")) return;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, be_silent, NULL);
    is_started = true;
}

cvips_status cvips_start(void) {
    pthread_once(&once, start);
    return is_started ? CVIPS_OK : CVIPS_NO_LIBRARY;
}

void cvips_end_thread(void) {
    if (is_started) vips_thread_shutdown();
}

// The header alone is read; pixels follow when they are asked for.
static VipsImage *open_image(const void *bytes, size_t count, cvips_format format) {
    VipsImage *image = NULL;
    void *data = (void *)bytes;
    int failed = -1;
    switch (format) {
        case CVIPS_JPEG:
            failed = vips_jpegload_buffer(data, count, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                          VIPS_FAIL_ON_TRUNCATED, NULL);
            break;
        case CVIPS_PNG:
            failed = vips_pngload_buffer(data, count, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                         VIPS_FAIL_ON_TRUNCATED, NULL);
            break;
        case CVIPS_WEBP:
            failed = vips_webpload_buffer(data, count, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                          VIPS_FAIL_ON_TRUNCATED, NULL);
            break;
    }
    return failed ? NULL : image;
}

static bool is_known(const VipsImage *image) {
    if (image->BandFmt != VIPS_FORMAT_UCHAR && image->BandFmt != VIPS_FORMAT_USHORT) return false;
    return image->Bands >= 1 && image->Bands <= 4;
}

// Places of a pixel once the image stands upright, for orientations 1 to 8 of EXIF (tag 0x0112).
static size_t upright(int orientation, size_t x, size_t y, size_t width, size_t height) {
    size_t right = width - 1 - x, bottom = height - 1 - y;
    switch (orientation) {
        case 2: return y * width + right;
        case 3: return bottom * width + right;
        case 4: return bottom * width + x;
        case 5: return x * height + y;
        case 6: return x * height + bottom;
        case 7: return right * height + bottom;
        case 8: return right * height + y;
        default: return y * width + x;
    }
}

// Pillow: white minus black, less as much of it as there is ink.
static uint8_t printed(uint8_t ink, uint8_t black) {
    int light = 255 - black;
    int product = ink * light + 128;
    int share = (product + (product >> 8)) >> 8;
    return (uint8_t)(light > share ? light - share : 0);
}

// One pixel of one or three bytes. Of 16 bits the upper eight count, but those of grey images without alpha are clipped
// to 255, as Pillow's conversion from "I;16" does.
static void convert(const VipsImage *image, const void *stored, size_t pixel, int channels, uint8_t *target) {
    int bands = image->Bands;
    if (image->BandFmt == VIPS_FORMAT_USHORT) {
        const uint16_t *numbers = (const uint16_t *)stored + pixel * bands;
        for (int band = 0; band < channels; band++) {
            target[band] = bands > 1 ? numbers[band] >> 8 : numbers[band] > 255 ? 255 : (uint8_t)numbers[band];
        }
        return;
    }
    const uint8_t *numbers = (const uint8_t *)stored + pixel * bands;
    if (image->Type == VIPS_INTERPRETATION_CMYK && bands == 4) {
        for (int band = 0; band < 3; band++) target[band] = printed(numbers[band], numbers[3]);
    } else {
        for (int band = 0; band < channels; band++) target[band] = numbers[band];
    }
}

// Takes over row `y`.
static void take(const VipsImage *opened, const uint8_t *stored, size_t y, int orientation, int channels,
                 uint8_t *target) {
    size_t width = opened->Xsize, height = opened->Ysize;
    bool is_plain = opened->BandFmt == VIPS_FORMAT_UCHAR && opened->Bands == channels;
    if (is_plain && orientation <= 1) {
        memcpy(target + y * width * channels, stored, width * channels);
        return;
    }
    for (size_t x = 0; x < width; x++) {
        size_t place = upright(orientation, x, y, width, height);
        convert(opened, stored, x, channels, target + place * channels);
    }
}

// Strip by strip on this very thread, which takes less time and memory than libvips' own way of writing a whole image.
static bool read_strips(VipsImage *opened, int orientation, int channels, uint8_t *target) {
    const int strip = 16;
    VipsRegion *region = vips_region_new(opened);
    if (!region) return false;
    bool is_sound = true;
    for (int top = 0; top < opened->Ysize && is_sound; top += strip) {
        int rows = opened->Ysize - top < strip ? opened->Ysize - top : strip;
        VipsRect part = {0, top, opened->Xsize, rows};
        is_sound = vips_region_prepare(region, &part) == 0;
        if (!is_sound) break;
        for (int y = top; y < top + rows; y++) {
            take(opened, VIPS_REGION_ADDR(region, 0, y), y, orientation, channels, target);
        }
    }
    g_object_unref(region);
    return is_sound;
}

static cvips_status read_pixels(VipsImage *opened, cvips_image *image) {
    size_t size = (size_t)opened->Xsize * opened->Ysize;
    int channels = opened->Bands < 3 ? 1 : 3;
    uint8_t *target = malloc(size * channels + 8);
    if (!target) return CVIPS_NO_MEMORY;
    int orientation = vips_image_get_orientation(opened);
    if (!read_strips(opened, orientation, channels, target)) {
        free(target);
        return CVIPS_BAD_DATA;
    }
    memset(target + size * channels, 0, 8);
    bool is_turned = orientation >= 5 && orientation <= 8;
    image->pixels = target;
    image->width = is_turned ? opened->Ysize : opened->Xsize;
    image->height = is_turned ? opened->Xsize : opened->Ysize;
    image->channels = channels;
    return CVIPS_OK;
}

cvips_status cvips_decode(const void *bytes, size_t count, cvips_format format, int64_t most_pixels,
                          cvips_image *image) {
    memset(image, 0, sizeof *image);
    if (cvips_start() != CVIPS_OK) return CVIPS_NO_LIBRARY;
    cvips_status status;
    VipsImage *opened = open_image(bytes, count, format);
    if (!opened) {
        status = CVIPS_BAD_HEADER;
    } else if ((int64_t)opened->Xsize * opened->Ysize > most_pixels) {
        image->width = opened->Xsize;
        image->height = opened->Ysize;
        status = CVIPS_TOO_LARGE;
    } else if (!is_known(opened)) {
        status = CVIPS_UNKNOWN_KIND;
    } else {
        status = read_pixels(opened, image);
    }
    if (opened) g_object_unref(opened);
    if (status != CVIPS_OK) vips_error_clear();
    return status;
}
