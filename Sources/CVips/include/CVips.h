// Decoding of JPEG, PNG and WebP by libvips, with plain C types: glib's headers are more than Swift can import.
#ifndef CVIPS_H
#define CVIPS_H

#include <stddef.h>
#include <stdint.h>

typedef enum { CVIPS_JPEG, CVIPS_PNG, CVIPS_WEBP } cvips_format;

typedef enum {
    CVIPS_OK,
    /// libvips could not be started.
    CVIPS_NO_LIBRARY,
    /// Not even the header could be read.
    CVIPS_BAD_HEADER,
    /// More pixels than asked for; width and height are set.
    CVIPS_TOO_LARGE,
    /// Broken or cut short.
    CVIPS_BAD_DATA,
    /// Numbers or channels of a kind that no JPEG, PNG or WebP has.
    CVIPS_UNKNOWN_KIND,
    CVIPS_NO_MEMORY,
} cvips_status;

typedef struct {
    /// Rows from the top, pixels from the left, `channels` bytes each; 8 more bytes follow that may be read. From
    /// malloc: the caller frees it.
    uint8_t *pixels;
    int width;
    int height;
    /// 1 (grey) or 3 (RGB).
    int channels;
} cvips_image;

/// Starts libvips, one thread to an image and without its cache of results. Any number of calls, from any thread.
cvips_status cvips_start(void);

/// Decodes `count` bytes as Pillow does when it converts to "L" or "RGB": alpha dropped, no colour profile applied,
/// CMYK by the plain formula. Beyond that the image is turned upright, as its EXIF orientation says.
cvips_status cvips_decode(const void *bytes, size_t count, cvips_format format, int64_t most_pixels, cvips_image *image);

/// Gives back what libvips keeps for the calling thread. To be called before a thread ends that has decoded.
void cvips_end_thread(void);

#endif
