// The few calls of MPI that messages between ranks need, with plain C types: Swift cannot import mpi.h, whose constants
// are casts in macros and whose handles are integers in one MPI and pointers in another. Built without mpi.h, every call
// answers CMPI_UNAVAILABLE.
#ifndef CMPI_H
#define CMPI_H

#include <stdbool.h>
#include <stdint.h>

#define CMPI_UNAVAILABLE (-1)
#define CMPI_NO_MEMORY (-2)

/// Whether this program was built with MPI at all.
bool cmpi_is_available(void);

/// Has the kernel end this process as soon as the one that started it is gone, by whatever means. (Here because Swift
/// cannot call prctl, whose arguments vary.)
void cmpi_end_with_parent(void);

/// Starts MPI so that any one thread at a time may communicate, and makes errors return instead of ending the process.
/// Every call here returns 0 or MPI's error code; `thread_level_met` tells whether the library can do that.
int cmpi_init(int *rank, int *size, bool *thread_level_met);

int cmpi_finalize(void);

/// Ends every process of the job. Returns only where that failed.
void cmpi_abort(int status);

/// MPI's text for an error code, cut to `capacity` bytes, always terminated.
void cmpi_error_text(int code, char *text, int capacity);

/// Sends and receives that are under way together. Buffers must stay in place until the batch is done.
typedef struct cmpi_batch cmpi_batch;

/// NULL where there is no memory for `capacity` requests.
cmpi_batch *cmpi_batch_create(int capacity);

/// Frees the batch. Requests that are still under way are cancelled (receives) or let go (sends).
void cmpi_batch_free(cmpi_batch *batch);

/// `tag` travels with the message and comes back from `cmpi_batch_received`.
int cmpi_batch_send(cmpi_batch *batch, const void *bytes, int count, int to, int tag);

/// Takes the next message of `from`, whatever its tag.
int cmpi_batch_receive(cmpi_batch *batch, void *bytes, int count, int from);

/// Drives all messages on. Where one failed, returns its error and sets `failed` to its place in the batch.
int cmpi_batch_test(cmpi_batch *batch, bool *done, int *failed);

/// After `done`: the length and the tag of the message that request `index`, a receive, took.
int cmpi_batch_received(const cmpi_batch *batch, int index, int *count, int *tag);

#endif
