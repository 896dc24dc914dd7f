#define _GNU_SOURCE
#include "COneDNN.h"

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdlib.h>

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t description;
typedef const_dnnl_memory_desc_t description_reference;
#else
typedef dnnl_memory_desc_t description;
typedef const dnnl_memory_desc_t *description_reference;
#endif

struct co_product {
    dnnl_primitive_t primitive;
    description left, right, output, scratch;
    size_t scratch_bytes;
};

static dnnl_engine_t engine;
static pthread_once_t is_ready = PTHREAD_ONCE_INIT;
static pthread_key_t per_thread;

/// What a thread that computes has: a stream, and room for what products need meanwhile.
struct thread_state {
    dnnl_stream_t stream;
    void *scratch;
    size_t scratch_bytes;
};

static void end_thread(void *pointer) {
    struct thread_state *state = pointer;
    dnnl_stream_destroy(state->stream);
    free(state->scratch);
    free(state);
}

static void make_ready(void) {
    pthread_key_create(&per_thread, end_thread);
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
}

/// oneDNN as Debian builds it brings OpenMP, which would start a thread for every core in each of ours.
static void use_this_thread_alone(void) {
    static __thread bool is_alone = false;
    if (is_alone) return;
    void (*use_threads)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (use_threads) use_threads(1);
    is_alone = true;
}

/// Null where there is no memory.
static struct thread_state *this_thread(void) {
    pthread_once(&is_ready, make_ready);
    if (!engine) return NULL;
    struct thread_state *state = pthread_getspecific(per_thread);
    if (state) return state;
    use_this_thread_alone();
    state = calloc(1, sizeof *state);
    if (!state) return NULL;
    if (dnnl_stream_create(&state->stream, engine, dnnl_stream_default_flags) != dnnl_success) {
        free(state);
        return NULL;
    }
    pthread_setspecific(per_thread, state);
    return state;
}

static bool describe(description *matrix, dnnl_data_type_t type, int64_t rows, int64_t columns, bool is_transposed,
                     int64_t stride) {
    dnnl_dims_t sizes = {rows, columns};
    dnnl_dims_t strides = {is_transposed ? 1 : stride, is_transposed ? stride : 1};
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_create_with_strides(matrix, 2, sizes, type, strides) == dnnl_success;
#else
    return dnnl_memory_desc_init_by_strides(matrix, 2, sizes, type, strides) == dnnl_success;
#endif
}

/// A reference to a description, as functions take it.
static description_reference reference(const description *matrix) {
#if DNNL_VERSION_MAJOR >= 3
    return *matrix;
#else
    return matrix;
#endif
}

static bool make_primitive(co_product *product, dnnl_primitive_attr_t attributes) {
    dnnl_primitive_desc_t plan = NULL;
#if DNNL_VERSION_MAJOR >= 3
    dnnl_status_t status = dnnl_matmul_primitive_desc_create(&plan, engine, product->left, product->right, NULL,
                                                             product->output, attributes);
#else
    dnnl_matmul_desc_t operation;
    dnnl_status_t status = dnnl_matmul_desc_init(&operation, &product->left, &product->right, NULL, &product->output);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&plan, &operation, attributes, engine, NULL);
#endif
    if (status != dnnl_success) return false;
    description_reference scratch = dnnl_primitive_desc_query_md(plan, dnnl_query_scratchpad_md, 0);
    product->scratch_bytes = dnnl_memory_desc_get_size(scratch);
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_memory_desc_clone(&product->scratch, scratch);
#else
    product->scratch = *scratch;
#endif
    if (status == dnnl_success) status = dnnl_primitive_create(&product->primitive, plan);
    dnnl_primitive_desc_destroy(plan);
    return status == dnnl_success;
}

static bool set_attributes(dnnl_primitive_attr_t attributes, bool adds) {
    if (dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) != dnnl_success) return false;
    if (!adds) return true;
    dnnl_post_ops_t after = NULL;
    if (dnnl_post_ops_create(&after) != dnnl_success) return false;
#if DNNL_VERSION_MAJOR >= 3
    bool is_set = dnnl_post_ops_append_sum(after, 1, 0, dnnl_data_type_undef) == dnnl_success;
#else
    bool is_set = dnnl_post_ops_append_sum(after, 1) == dnnl_success;
#endif
    is_set = is_set && dnnl_primitive_attr_set_post_ops(attributes, after) == dnnl_success;
    dnnl_post_ops_destroy(after);
    return is_set;
}

co_product *co_product_make(co_shape shape) {
    if (!this_thread()) return NULL;
    co_product *product = calloc(1, sizeof *product);
    dnnl_primitive_attr_t attributes = NULL;
    bool is_made = product && dnnl_primitive_attr_create(&attributes) == dnnl_success &&
                   set_attributes(attributes, shape.adds) &&
                   describe(&product->left, dnnl_bf16, shape.rows, shape.inner, shape.transposes_left, shape.left_stride) &&
                   describe(&product->right, dnnl_bf16, shape.inner, shape.columns, shape.transposes_right,
                            shape.right_stride) &&
                   describe(&product->output, dnnl_f32, shape.rows, shape.columns, false, shape.output_stride) &&
                   make_primitive(product, attributes);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    if (is_made) return product;
    free(product);
    return NULL;
}

static void *scratch(struct thread_state *state, size_t bytes) {
    if (state->scratch_bytes < bytes) {
        free(state->scratch);
        state->scratch_bytes = (bytes + 4095) / 4096 * 4096;
        state->scratch = aligned_alloc(4096, state->scratch_bytes);
        if (!state->scratch) state->scratch_bytes = 0;
    }
    return state->scratch;
}

bool co_product_run(const co_product *product, const uint16_t *left, const uint16_t *right, float *output) {
    struct thread_state *state = this_thread();
    if (!state) return false;
    void *room = scratch(state, product->scratch_bytes);
    if (product->scratch_bytes > 0 && !room) return false;
    const description *descriptions[] = {&product->left, &product->right, &product->output, &product->scratch};
    void *places[] = {(void *)left, (void *)right, output, room};
    const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
    dnnl_exec_arg_t given[4];
    int count = product->scratch_bytes > 0 ? 4 : 3, made = 0;
    bool is_done = true;
    for (; made < count && is_done; made++) {
        given[made].arg = arguments[made];
        given[made].memory = NULL;
        is_done = dnnl_memory_create(&given[made].memory, reference(descriptions[made]), engine, places[made]) ==
                  dnnl_success;
    }
    is_done = is_done && dnnl_primitive_execute(product->primitive, state->stream, count, given) == dnnl_success;
    for (int index = 0; index < made; index++) {
        if (given[index].memory) dnnl_memory_destroy(given[index].memory);
    }
    return is_done;
}

bool co_single(co_shape shape, float alpha, const float *left, const float *right, float beta, float *output) {
    use_this_thread_alone();
    return dnnl_sgemm(shape.transposes_left ? 'T' : 'N', shape.transposes_right ? 'T' : 'N', shape.rows, shape.columns,
                      shape.inner, alpha, left, shape.left_stride, right, shape.right_stride, beta, output,
                      shape.output_stride) == dnnl_success;
}

bool co_is_available(void) {
    if (!this_thread()) return false;
    // Asked of a plan, which goes away again; what oneDNN has for one shape it has for all.
    co_product *product = co_product_make((co_shape){16, 16, 16, false, true, 16, 16, 16, true});
    if (!product) return false;
    dnnl_primitive_destroy(product->primitive);
    free(product);
    return true;
}

unsigned co_instruction_set(void) { return (unsigned)dnnl_get_effective_cpu_isa(); }

bool co_is_native(void) {
    unsigned set = co_instruction_set();
    return (set & (unsigned)dnnl_cpu_isa_avx512_core_bf16) == (unsigned)dnnl_cpu_isa_avx512_core_bf16;
}

int co_version(void) {
    const dnnl_version_t *version = dnnl_version();
    return version->major * 10000 + version->minor * 100 + version->patch;
}
