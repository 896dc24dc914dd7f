import Foundation
import Synchronization
import Testing

@testable import Threads

@Suite struct TeamTests {
    /// Holds each tile until as many threads have one.
    private func meet(_ team: Team, _ threads: Int) -> Int {
        let condition = NSCondition()
        let holders = Mutex<Set<pthread_t>>([])
        let end = Date(timeIntervalSinceNow: 30)
        team.run(threads) { _ in
            condition.withLock {
                holders.withLock { _ = $0.insert(pthread_self()) }
                condition.broadcast()
                while holders.withLock({ $0.count }) < threads, condition.wait(until: end) {}
            }
        }
        return holders.withLock { $0.count }
    }

    /// As many as are asked for, on a machine of any size, again and again.
    @Test(arguments: [2, 3, 8, 33], [false, true]) func threadsRunAtOnce(threads: Int, spins: Bool) {
        let team = Team(threads: threads, spins: spins)
        for _ in 0..<3 { #expect(meet(team, threads) == threads) }
    }

    @Test(arguments: [(1, 5), (3, 0), (3, 1), (4, 1000), (100, 4)], [false, true])
    func everyTileIsDoneOnce(_ shape: (threads: Int, tiles: Int), spins: Bool) {
        let team = Team(threads: shape.threads, spins: spins)
        for _ in 0..<20 {
            let done = Mutex([Int](repeating: 0, count: shape.tiles))
            let workers = Mutex<Set<pthread_t>>([])
            team.run(shape.tiles) { tile in
                done.withLock { $0[tile] += 1 }
                workers.withLock { _ = $0.insert(pthread_self()) }
            }
            #expect(done.withLock { $0 } == [Int](repeating: 1, count: shape.tiles))
            #expect(workers.withLock { $0.count } <= max(1, min(shape.threads, shape.tiles)))
        }
    }

    /// Many short rounds one after another: none may end while a helper is in it, none may miss what was written before.
    @Test(arguments: [2, 5], [false, true]) func roundsDoNotMix(threads: Int, spins: Bool) {
        let team = Team(threads: threads, spins: spins)
        var values = [Int](repeating: 0, count: 7)
        for round in 1...20_000 {
            values.withUnsafeMutableBufferPointer { values in
                team.run(values.count) { values[$0] = values[$0] == round - 1 ? round : -1 }
            }
        }
        #expect(values == [Int](repeating: 20_000, count: 7))
    }

    @Test func aTeamAtWorkDoesMoreOnTheCallingThread() {
        let team = Team(threads: 3)
        let count = Atomic(0)
        team.run(4) { _ in
            let thread = pthread_self()
            team.run(5) { _ in
                #expect(pthread_self() == thread)
                count.wrappingAdd(1, ordering: .relaxed)
            }
        }
        #expect(count.load(ordering: .relaxed) == 20)
    }

    @Test func teamsWorkInsideATeam() {
        let outer = Team(threads: 2)
        let inner = (0..<2).map { _ in Team(threads: 2) }
        let met = Mutex([Int]())
        outer.run(2) { lane in
            let found = meet(inner[lane], 2)
            met.withLock { $0.append(found) }
        }
        #expect(met.withLock { $0 } == [2, 2])
    }

    @Test func tilesCoverTheWholeOnce() {
        for (count, size) in [(10, 4), (8, 4), (1, 100), (0, 3)] {
            let parts = Mutex([Range<Int>]())
            Team(threads: 2).run(count, by: size) { part in parts.withLock { $0.append(part) } }
            let sorted = parts.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
            #expect(sorted.flatMap { Array($0) } == Array(0..<count))
            #expect(sorted.dropLast().allSatisfy { $0.count == size })
        }
    }

    @Test func theFirstErrorInOrderIsThrown() {
        struct Wrong: Error, Equatable {
            let tile: Int
        }
        let done = Atomic(0)
        #expect(throws: Wrong(tile: 3)) {
            try Team(threads: 4).run(100) { tile in
                done.wrappingAdd(1, ordering: .relaxed)
                if tile % 7 == 3 { throw Wrong(tile: tile) }
            }
        }
        #expect(done.load(ordering: .relaxed) == 100)
    }
}
