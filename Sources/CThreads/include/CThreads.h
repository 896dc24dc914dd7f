// A number that threads wait for: what Swift's Synchronization lacks for threads that work together many thousand times a
// second. A waiting thread first spins, then sleeps in the kernel (futex), and costs nothing there.
#ifndef CTHREADS_H
#define CTHREADS_H

#include <stdint.h>

/// Holds a number that only grows, and how many threads sleep until it does. Starts as zeros.
typedef struct {
    uint32_t number;
    uint32_t sleepers;
} ct_signal;

/// The number now; what other threads wrote before they advanced to it can be read.
uint32_t ct_signal_number(const ct_signal *signal);

/// Adds one and wakes at most `threads` of those that sleep; the others see it when they are woken for a later one.
void ct_signal_advance(ct_signal *signal, uint32_t threads);

/// Returns the number as soon as it is not `seen`: looks at it `spins` times, then sleeps.
uint32_t ct_signal_wait(ct_signal *signal, uint32_t seen, uint32_t spins);

#endif
