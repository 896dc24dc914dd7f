import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Keeps the working thread out of MPI once another thread has begun to take the job down.
///
/// MPI was told that one thread at a time calls it; a rank that waits for messages looks for them again and again, and
/// each look passes here.
final class MPIGate: Sendable {
    private let isClosed = Atomic<Bool>(false)
    private let isInside = Atomic<Bool>(false)

    /// Runs `body`, which calls MPI; never returns where the gate has been closed.
    func inside<T>(_ body: () throws -> T) rethrows -> T {
        isInside.store(true, ordering: .sequentiallyConsistent)
        pass()
        defer { isInside.store(false, ordering: .sequentiallyConsistent) }
        return try body()
    }

    /// A moment at which the thread inside is not within a call of MPI: it stays here for good once the gate is closed.
    func pass() {
        guard isClosed.load(ordering: .sequentiallyConsistent) else { return }
        isInside.store(false, ordering: .sequentiallyConsistent)
        while true { sleep(1000) }
    }

    /// Closes the gate; true where nobody is left inside and no other thread has closed it before.
    func close(within seconds: Double) -> Bool {
        guard !isClosed.exchange(true, ordering: .sequentiallyConsistent) else {
            // Whoever came first ends the process.
            while true { sleep(1000) }
        }
        let deadline = monotonicSeconds() + seconds
        while isInside.load(ordering: .sequentiallyConsistent) {
            guard monotonicSeconds() < deadline else { return false }
            usleep(2000)
        }
        return true
    }
}

/// Ends this process after some seconds with `status`, unless it has ended before.
func exitLater(_ status: Int32, seconds: UInt32) {
    var thread = pthread_t()
    let plan = UnsafeMutablePointer<(status: Int32, seconds: UInt32)>.allocate(capacity: 1)
    plan.initialize(to: (status, seconds))
    pthread_create(
        &thread,
        nil,
        { argument in
            guard let plan = argument?.assumingMemoryBound(to: (status: Int32, seconds: UInt32).self) else {
                return nil
            }
            var left = plan.pointee.seconds
            // A signal cuts the sleep short.
            while left > 0 { left = sleep(left) }
            _exit(plan.pointee.status)
        },
        plan
    )
}
