import Synchronization

/// How many bytes of decoded images this process may keep; its data sets share one.
package final class ImageBudget: Sendable {
    private let state: Mutex<(limit: Int, used: Int)>

    package init(bytes: Int) {
        state = Mutex((max(bytes, 0), 0))
    }

    /// Bytes that are kept.
    package var used: Int { state.withLock { $0.used } }

    /// May be set below what is used: then nothing more is kept.
    package var limit: Int {
        get { state.withLock { $0.limit } }
        set { state.withLock { $0.limit = max(newValue, 0) } }
    }

    /// Whether there was room for so many bytes, which now are taken.
    func take(_ bytes: Int) -> Bool {
        state.withLock { state in
            guard bytes <= state.limit - state.used else { return false }
            state.used += bytes
            return true
        }
    }

    func giveBack(_ bytes: Int) {
        state.withLock { $0.used -= bytes }
    }
}
