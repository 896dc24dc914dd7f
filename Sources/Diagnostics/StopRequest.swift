import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// The wish, told by a signal, that the run should save its state and end.
///
/// SIGTERM, SIGINT and SIGUSR1 do nothing but note it: whoever runs steps looks here after each. A second SIGINT, as of
/// somebody who does not want to wait, ends the process as it always did.
///
/// A thread of their own takes the signals: those that compute must not. oneDNN's products (2.6.3) keep numbers below the
/// end of the stack, where a signal's frame lies: one of 48 × 64 × 100 damages the heap where signals arrive meanwhile.
package enum StopRequest {
    private static let number = Atomic<Int32>(0)

    /// Catches the signals from now on; called before other threads are started, which take over what this one blocks.
    package static func listen() {
        // Touched once before a handler can: a handler must not be the one that initialises it.
        number.store(0, ordering: .relaxed)
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in Self.signals {
            sigaddset(&signals, signal)
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { signal in StopRequest.note(signal) }
            // Calls that were interrupted go on by themselves.
            action.sa_flags = SA_RESTART
            sigaction(signal, &action, nil)
        }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var listener = pthread_t()
        let status = pthread_create(
            &listener,
            nil,
            { _ in
                // Who started this process may have blocked them, too.
                var all = sigset_t()
                sigemptyset(&all)
                for signal in StopRequest.signals { sigaddset(&all, signal) }
                pthread_sigmask(SIG_UNBLOCK, &all, nil)
                while true { pause() }
            },
            nil
        )
        // Without a thread to take them this one has to.
        if status == 0 { pthread_detach(listener) } else { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
    }

    private static let signals = [SIGTERM, SIGINT, SIGUSR1]

    private static func note(_ signal: Int32) {
        if signal == SIGINT, number.load(ordering: .relaxed) == SIGINT {
            Glibc.signal(SIGINT, SIG_DFL)
            raise(SIGINT)
            return
        }
        number.store(signal, ordering: .relaxed)
    }

    package static var isMade: Bool { number.load(ordering: .relaxed) != 0 }

    /// The signal that told it, "SIGTERM"; nil for none.
    package static var signalName: String? {
        switch number.load(ordering: .relaxed) {
        case 0: nil
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        default: "SIGUSR1"
        }
    }

    /// Makes the wish without a signal, or takes it back: for tests.
    package static func set(_ signal: Int32) {
        number.store(signal, ordering: .relaxed)
    }
}
