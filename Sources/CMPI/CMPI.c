#include "CMPI.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

void cmpi_end_with_parent(void) {
#ifdef __linux__
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died just before that.
    if (getppid() != parent) kill(getpid(), SIGKILL);
#endif
}

#if __has_include(<mpi.h>)

#include <mpi.h>

struct cmpi_batch {
    int count;
    int capacity;
    MPI_Request *requests;
    MPI_Status *statuses;
    bool *is_receive;
};

bool cmpi_is_available(void) { return true; }

int cmpi_init(int *rank, int *size, bool *thread_level_met) {
    int provided = MPI_THREAD_SINGLE;
    int status = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
    if (status != MPI_SUCCESS) return status;
    *thread_level_met = provided >= MPI_THREAD_SERIALIZED;
    status = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (status != MPI_SUCCESS) return status;
    status = MPI_Comm_rank(MPI_COMM_WORLD, rank);
    if (status != MPI_SUCCESS) return status;
    return MPI_Comm_size(MPI_COMM_WORLD, size);
}

int cmpi_finalize(void) { return MPI_Finalize(); }

void cmpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

void cmpi_error_text(int code, char *text, int capacity) {
    if (capacity <= 0) return;
    text[0] = '\0';
    char whole[MPI_MAX_ERROR_STRING + 1] = {0};
    int length = 0;
    if (MPI_Error_string(code, whole, &length) == MPI_SUCCESS) strncat(text, whole, (size_t)capacity - 1);
}

cmpi_batch *cmpi_batch_create(int capacity) {
    cmpi_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) return NULL;
    size_t places = capacity > 0 ? (size_t)capacity : 1;
    batch->capacity = capacity;
    batch->requests = calloc(places, sizeof *batch->requests);
    batch->statuses = calloc(places, sizeof *batch->statuses);
    batch->is_receive = calloc(places, sizeof *batch->is_receive);
    if (batch->requests == NULL || batch->statuses == NULL || batch->is_receive == NULL) {
        cmpi_batch_free(batch);
        return NULL;
    }
    return batch;
}

void cmpi_batch_free(cmpi_batch *batch) {
    if (batch == NULL) return;
    for (int index = 0; index < batch->count; index++) {
        if (batch->requests[index] == MPI_REQUEST_NULL) continue;
        if (batch->is_receive[index]) MPI_Cancel(&batch->requests[index]);
        MPI_Request_free(&batch->requests[index]);
    }
    free(batch->requests);
    free(batch->statuses);
    free(batch->is_receive);
    free(batch);
}

int cmpi_batch_send(cmpi_batch *batch, const void *bytes, int count, int to, int tag) {
    if (batch->count >= batch->capacity) return CMPI_NO_MEMORY;
    MPI_Request *request = &batch->requests[batch->count];
    int status = MPI_Isend(bytes, count, MPI_BYTE, to, tag, MPI_COMM_WORLD, request);
    if (status == MPI_SUCCESS) batch->count++;
    return status;
}

int cmpi_batch_receive(cmpi_batch *batch, void *bytes, int count, int from) {
    if (batch->count >= batch->capacity) return CMPI_NO_MEMORY;
    MPI_Request *request = &batch->requests[batch->count];
    int status = MPI_Irecv(bytes, count, MPI_BYTE, from, MPI_ANY_TAG, MPI_COMM_WORLD, request);
    if (status == MPI_SUCCESS) batch->is_receive[batch->count++] = true;
    return status;
}

int cmpi_batch_test(cmpi_batch *batch, bool *done, int *failed) {
    int flag = 0;
    *done = false;
    *failed = -1;
    int status = MPI_Testall(batch->count, batch->requests, &flag, batch->statuses);
    if (status == MPI_SUCCESS) {
        *done = flag != 0;
        return status;
    }
    if (status != MPI_ERR_IN_STATUS) return status;
    for (int index = 0; index < batch->count; index++) {
        int code = batch->statuses[index].MPI_ERROR;
        if (code == MPI_SUCCESS || code == MPI_ERR_PENDING) continue;
        *failed = index;
        return code;
    }
    return status;
}

int cmpi_batch_received(const cmpi_batch *batch, int index, int *count, int *tag) {
    *tag = batch->statuses[index].MPI_TAG;
    return MPI_Get_count(&batch->statuses[index], MPI_BYTE, count);
}

#else

bool cmpi_is_available(void) { return false; }

int cmpi_init(int *rank, int *size, bool *thread_level_met) {
    (void)rank, (void)size, (void)thread_level_met;
    return CMPI_UNAVAILABLE;
}

int cmpi_finalize(void) { return CMPI_UNAVAILABLE; }

void cmpi_abort(int status) { (void)status; }

void cmpi_error_text(int code, char *text, int capacity) {
    (void)code;
    if (capacity > 0) text[0] = '\0';
}

cmpi_batch *cmpi_batch_create(int capacity) {
    (void)capacity;
    return NULL;
}

void cmpi_batch_free(cmpi_batch *batch) { (void)batch; }

int cmpi_batch_send(cmpi_batch *batch, const void *bytes, int count, int to, int tag) {
    (void)batch, (void)bytes, (void)count, (void)to, (void)tag;
    return CMPI_UNAVAILABLE;
}

int cmpi_batch_receive(cmpi_batch *batch, void *bytes, int count, int from) {
    (void)batch, (void)bytes, (void)count, (void)from;
    return CMPI_UNAVAILABLE;
}

int cmpi_batch_test(cmpi_batch *batch, bool *done, int *failed) {
    (void)batch, (void)done, (void)failed;
    return CMPI_UNAVAILABLE;
}

int cmpi_batch_received(const cmpi_batch *batch, int index, int *count, int *tag) {
    (void)batch, (void)index, (void)count, (void)tag;
    return CMPI_UNAVAILABLE;
}

#endif
