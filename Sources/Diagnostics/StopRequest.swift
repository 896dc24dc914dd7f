import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// The wish, told by a signal, that the run should save its state and end.
///
/// SIGTERM, SIGINT and SIGUSR1 do nothing but note it: whoever runs steps looks here after each. A second SIGINT, as of
/// somebody who does not want to wait, ends the process as it always did.
package enum StopRequest {
    private static let number = Atomic<Int32>(0)

    /// Catches the signals from now on.
    package static func listen() {
        // Touched once before a handler can: a handler must not be the one that initialises it.
        number.store(0, ordering: .relaxed)
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGUSR1] {
            sigaddset(&signals, signal)
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { signal in StopRequest.note(signal) }
            // Calls that were interrupted go on by themselves.
            action.sa_flags = SA_RESTART
            sigaction(signal, &action, nil)
        }
        // Who started this process may have blocked them.
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

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
