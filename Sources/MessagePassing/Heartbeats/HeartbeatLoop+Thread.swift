#if canImport(Glibc)
import Glibc
#endif

extension HeartbeatLoop {
    /// Starts the thread; false where the system gives none.
    func start() -> Bool {
        let work = Unmanaged.passRetained(self)
        // Signals are for the threads that know what to do with them.
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        hasThread =
            pthread_create(
                &thread,
                nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<HeartbeatLoop>.fromOpaque(argument).takeRetainedValue().run()
                    return nil
                },
                work.toOpaque()
            ) == 0
        if !hasThread { work.release() }
        return hasThread
    }

    /// Takes leave of the other ranks with `farewell`, at the next turn, and ends the thread.
    func stop(_ farewell: HeartbeatFrame.Kind) {
        guard !hasThread || pthread_equal(thread, pthread_self()) == 0 else { return }
        control.withLock { $0.farewell = $0.farewell ?? farewell }
        ring()
        guard hasThread else { return }
        pthread_join(thread, nil)
        hasThread = false
    }

    private func run() {
        nameThread("heartbeats")
        lastTurn = monotonicSeconds()
        repeat { sleep() } while !turn(monotonicSeconds())
    }
}

/// Gives the calling thread a name for `ps -L` and debuggers. (Swift does not see pthread_setname_np.)
private func nameThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, name.utf8.count)
    close(file)
}
