// Stands in for the C library's allocation, to count it: libFuzzer's own limit works only together with a sanitizer.
#include "CFuzzing.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The names under which glibc keeps its own functions for those who replace the usual ones.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static atomic_bool watching;
static atomic_long live, highest;
static atomic_size_t limit;

static void refuse(const char *what, size_t size) {
    watching = false;
    char text[160];
    int length = snprintf(
        text, sizeof text, "memory: %s %zu bytes, of %zu for this input\n", what, size, (size_t)limit);
    if (write(STDERR_FILENO, text, (size_t)length) < 0) _exit(70);
    abort();
}

static void expect(size_t size) {
    if (watching && size > limit) refuse("asked at once for", size);
}

static void *counted(void *block) {
    if (block && watching) {
        long now = atomic_fetch_add(&live, (long)malloc_usable_size(block)) + (long)malloc_usable_size(block);
        long before = highest;
        while (now > before && !atomic_compare_exchange_weak(&highest, &before, now)) {}
        if (now > 0 && (size_t)now > limit) refuse("holds", (size_t)now);
    }
    return block;
}

static void uncounted(void *block) {
    if (block && watching) atomic_fetch_sub(&live, (long)malloc_usable_size(block));
}

void cfuzzing_watch_memory(size_t bytes) {
    limit = bytes;
    live = 0;
    highest = 0;
    watching = true;
}

size_t cfuzzing_end_watch(void) {
    watching = false;
    return highest > 0 ? (size_t)highest : 0;
}

void *malloc(size_t size) {
    expect(size);
    return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (!__builtin_mul_overflow(count, size, &bytes)) expect(bytes);
    return counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
    expect(size);
    uncounted(block);
    void *moved = __libc_realloc(block, size);
    // One that could not be moved is still there.
    counted(moved || size == 0 ? moved : block);
    return moved;
}

void *memalign(size_t alignment, size_t size) {
    expect(size);
    return counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
    void *new = memalign(alignment, size);
    if (!new) return ENOMEM;
    *block = new;
    return 0;
}

void free(void *block) {
    uncounted(block);
    __libc_free(block);
}
