import CThreads
import Glibc
import Synchronization

/// Threads that work on tiles together: the one that calls, and helpers that wait for its next call.
///
/// Which thread does which tile is up to chance; what a tile is must not be: then the bits of a result do not depend on
/// how many threads there are. Helpers start with the first work that has tiles for them and end with the team.
package final class Team: @unchecked Sendable {
    /// How many threads work at once, at least 1.
    package let threads: Int
    /// Whether a thread that waits for others looks out for them for a few microseconds before it sleeps.
    package let spins: Bool
    private let shared: TeamWork
    private var helpers: [pthread_t] = []
    /// Whether the system gave no thread when one was asked for.
    private var isRefused = false
    private let isBusy = Atomic(false)
    private let times: TileTimes?

    /// The calling thread alone.
    package static let alone = Team(threads: 1)

    /// * `spins`: good where each thread has a core to itself, bad where they share cores
    package init(threads: Int, spins: Bool = false) {
        self.threads = max(1, threads)
        self.spins = spins
        times = nil
        shared = TeamWork(spins: spins ? Self.looks : 0)
    }

    /// The calling thread alone, which keeps how long each tile took.
    package init(timing times: TileTimes) {
        threads = 1
        spins = false
        self.times = times
        shared = TeamWork(spins: 0)
    }

    deinit {
        shared.dismiss()
        for helper in helpers { pthread_join(helper, nil) }
    }

    /// Looks at a signal before sleeping: a few microseconds, about what being woken takes.
    private static let looks: UInt32 = 256

    /// Runs `body(0)`, `body(1)`, … `body(tiles − 1)`, each thread taking the next when it is free; returns when all
    /// are done.
    ///
    /// Called while it is at work, from within a tile or from another thread, it does the tiles on the calling thread.
    ///
    /// `body` runs on many threads at once and captures bare pointers, so that the compiler does not look for races in it:
    /// tiles must not write what another reads or writes.
    package func run(_ tiles: Int, _ body: (Int) -> Void) {
        guard threads > 1, tiles > 1, !isBusy.exchange(true, ordering: .acquiring) else {
            if let times { times.run(tiles, body) } else { for tile in 0..<tiles { body(tile) } }
            return
        }
        defer { isBusy.store(false, ordering: .releasing) }
        // What the system does not start, the others make up for.
        let wanted = min(threads, tiles) - 1
        while helpers.count < wanted, !isRefused {
            if let helper = shared.startThread() { helpers.append(helper) } else { isRefused = true }
        }
        withoutActuallyEscaping(body) { shared.run(tiles, waking: wanted, $0) }
    }
}

/// What the threads of a team share.
///
/// A round of work is open while tiles are left. A helper that finds it open joins, one that comes late passes it over;
/// the caller closes it when no tile is left and waits for those who joined, so that nobody looks at a round that is over.
private final class TeamWork: @unchecked Sendable {
    /// Grows when a round opens, and when the team is dismissed.
    private let opened = UnsafeMutablePointer<ct_signal>.allocate(capacity: 1)
    /// Grows when the last helper leaves a closed round.
    private let left = UnsafeMutablePointer<ct_signal>.allocate(capacity: 1)
    /// Helpers at work, times two; odd while the round is open.
    private let round = Atomic(0)
    private let isDismissed = Atomic(false)
    private let next = Atomic(0)
    private let spins: UInt32
    private var tiles = 0
    private var body: ((Int) -> Void)?

    init(spins: UInt32) {
        self.spins = spins
        opened.initialize(to: ct_signal())
        left.initialize(to: ct_signal())
    }

    deinit {
        opened.deallocate()
        left.deallocate()
    }

    func run(_ tiles: Int, waking helpers: Int, _ body: @escaping (Int) -> Void) {
        self.tiles = tiles
        self.body = body
        next.store(0, ordering: .relaxed)
        let lastLeft = ct_signal_number(left)
        round.store(1, ordering: .releasing)
        ct_signal_advance(opened, UInt32(helpers))
        takeTiles()
        let stillThere = round.subtract(1, ordering: .acquiringAndReleasing).newValue
        if stillThere > 0 { _ = ct_signal_wait(left, lastLeft, spins) }
        self.body = nil
    }

    func dismiss() {
        isDismissed.store(true, ordering: .releasing)
        ct_signal_advance(opened, .max)
    }

    private func takeTiles() {
        guard let body else { return }
        while true {
            let tile = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard tile < tiles else { return }
            body(tile)
        }
    }

    private func help() {
        var seen: UInt32 = 0
        while true {
            seen = ct_signal_wait(opened, seen, spins)
            if isDismissed.load(ordering: .acquiring) { return }
            guard join() else { continue }
            takeTiles()
            if round.subtract(2, ordering: .acquiringAndReleasing).newValue == 0 {
                ct_signal_advance(left, 1)
            }
        }
    }

    /// Whether the round is still open; then this thread is in it.
    private func join() -> Bool {
        var helpers = round.load(ordering: .acquiring)
        while helpers % 2 == 1 {
            let (joined, now) = round.weakCompareExchange(
                expected: helpers,
                desired: helpers + 2,
                ordering: .acquiringAndReleasing
            )
            if joined { return true }
            helpers = now
        }
        return false
    }

    /// A thread that helps until the team is dismissed; nil where the system gives none.
    func startThread() -> pthread_t? {
        let work = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<TeamWork>.fromOpaque(argument).takeRetainedValue().help() }
                return nil
            },
            work.toOpaque()
        )
        guard status == 0 else {
            work.release()
            return nil
        }
        return thread
    }
}
