#define _GNU_SOURCE
#include "CThreads.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void pause_processor(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

uint32_t ct_signal_number(const ct_signal *signal) {
    return __atomic_load_n(&signal->number, __ATOMIC_ACQUIRE);
}

// A thread counts itself among the sleepers before it looks at the number for the last time (in the kernel), and the
// number grows before the sleepers are counted: either it is seen or it is woken.
void ct_signal_advance(ct_signal *signal, uint32_t threads) {
    __atomic_fetch_add(&signal->number, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&signal->sleepers, __ATOMIC_SEQ_CST) == 0) return;
    int woken = threads < INT_MAX ? (int)threads : INT_MAX;
    syscall(SYS_futex, &signal->number, FUTEX_WAKE_PRIVATE, woken, NULL, NULL, 0);
}

uint32_t ct_signal_wait(ct_signal *signal, uint32_t seen, uint32_t spins) {
    uint32_t number = ct_signal_number(signal);
    for (uint32_t spin = 0; number == seen && spin < spins; spin++) {
        pause_processor();
        number = ct_signal_number(signal);
    }
    while (number == seen) {
        __atomic_fetch_add(&signal->sleepers, 1, __ATOMIC_SEQ_CST);
        syscall(SYS_futex, &signal->number, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
        __atomic_fetch_sub(&signal->sleepers, 1, __ATOMIC_SEQ_CST);
        number = ct_signal_number(signal);
    }
    return number;
}
