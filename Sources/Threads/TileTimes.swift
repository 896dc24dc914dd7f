import Glibc

/// How long the tiles of each round of work took, one after another: what a schedule on more threads is made of.
package final class TileTimes: @unchecked Sendable {
    /// By round, in the order in which they were; seconds of processor time by tile.
    package private(set) var rounds: [[Double]] = []

    package init() {}

    package func removeAll() { rounds = [] }

    /// What the calling thread has had of a processor, in seconds: other work on the machine does not count.
    package static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    func run(_ tiles: Int, _ body: (Int) -> Void) {
        var times: [Double] = []
        times.reserveCapacity(tiles)
        // A reading takes as long as a small tile: one each.
        var start = Self.now
        for tile in 0..<tiles {
            body(tile)
            let end = Self.now
            times.append(end - start)
            start = end
        }
        rounds.append(times)
    }
}
