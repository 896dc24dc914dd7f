#if canImport(Glibc)
import Glibc
#endif

/// How a rank waits between two looks at its messages: at first it only yields its core, later it sleeps.
///
/// MPI moves messages only inside its own calls. While a long message is in transit every look moves a piece of it,
/// so the yielding phase grows with the length; a rank that waits for another one's computation soon sleeps.
struct Pause {
    private let start: Int
    private let patience: Int

    /// - Parameter bytes: length of all messages that are waited for; nil where others need the core meanwhile.
    init(bytes: Int?) {
        start = nanoseconds()
        // 50 µs, and the time that the bytes take at 1 GB/s.
        patience = bytes.map { 50_000 + $0 } ?? 0
    }

    mutating func take() {
        if nanoseconds() - start < patience {
            sched_yield()
        } else {
            // Woken early by a signal (EINTR), it just looks sooner.
            var duration = timespec(tv_sec: 0, tv_nsec: 150_000)
            nanosleep(&duration, nil)
        }
    }
}

private func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
