// Matrix products by oneDNN 2.x or 3.x: of bfloat16 factors with a float32 result, which OpenBLAS as Debian builds it lacks, and
// of float32. Threads that compute them must not take signals: what it generates keeps numbers where a signal's frame lies.
#ifndef CONEDNN_H
#define CONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// C = op(A)·op(B), or C += op(A)·op(B), of row-major matrices of one shape, made ready.
typedef struct co_product co_product;

/// What a product is of: op(A) is rows × inner, op(B) inner × columns; a stride is the distance of two rows as stored.
typedef struct {
    int64_t rows, columns, inner;
    bool transposes_left, transposes_right;
    int64_t left_stride, right_stride, output_stride;
    bool adds;
} co_shape;

/// Null where oneDNN has no such product, or no memory. Lives as long as the program.
co_product *co_product_make(co_shape shape);

/// Computes on the calling thread alone; any number of threads may compute the same product. False where it failed.
bool co_product_run(const co_product *product, const uint16_t *left, const uint16_t *right, float *output);

/// C = α·op(A)·op(B) + β·C in float32, on the calling thread alone. False where it failed.
bool co_single(co_shape shape, float alpha, const float *left, const float *right, float beta, float *output);

/// Whether the processor multiplies bfloat16 itself (AVX512_BF16 or AMX).
bool co_is_native(void);

/// Whether oneDNN has such products for the processor at all.
bool co_is_available(void);

/// oneDNN's bits for the instructions that it uses here: what decides a result's last bits beside its version.
unsigned co_instruction_set(void);

/// oneDNN's version, as 20603 for 2.6.3.
int co_version(void);

#endif
