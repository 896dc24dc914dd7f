import Graphs
import Kernels
import Tensors
import Threads

/// What a step would take on more cores than there are: a schedule of its tiles, each as long as it took here.
///
/// A lane's rounds follow each other; in a round every thread takes the next tile when it is free. Left out is what threads
/// share: memory's bandwidth, caches, and the clock rate that falls where many cores work.
struct CoreSimulation {
    private let plan: LanePlan
    /// By lane, by round, seconds by tile.
    private let lanes: [[[Double]]]
    /// Seconds by tile of adding one lane's gradient to another's.
    private let addition: [Double]
    /// By lane, what is outside rounds.
    private let serial: [Double]
    /// What a round of empty tiles takes on two threads.
    private let barrier: Double

    init(_ step: ModelStep, repeats: Int) {
        plan = step.plan
        let times = TileTimes()
        let timing = Team(timing: times)
        timing.run(10_000) { _ in }
        let reading = median(times.rounds[0])
        let executor = Executor<Float>(step.graph, capacity: step.plan.microBatch, team: timing)
        let gradient = AlignedBuffer<Float>(count: step.graph.layout.count)
        let other = AlignedBuffer<Float>(count: step.graph.layout.count)
        var (lanes, serial) = ([[[Double]]](), [Double]())
        for lane in 0..<step.plan.lanes {
            var (rounds, outside) = ([[[Double]]](), [Double]())
            for _ in 0..<repeats {
                times.removeAll()
                let start = TileTimes.now
                step.run(lane, executor, gradient)
                outside.append(TileTimes.now - start - times.rounds.joined().reduce(0, +))
                rounds.append(times.rounds)
            }
            lanes.append(Self.medians(rounds, less: reading))
            serial.append(max(0, median(outside)))
        }
        var additions: [[[Double]]] = []
        for _ in 0..<repeats {
            times.removeAll()
            accumulate(on: timing, count: gradient.count, other.base, into: gradient.base)
            additions.append(times.rounds)
        }
        let pair = Team(threads: 2, spins: true)
        let rounds = 20_000
        barrier = seconds { for _ in 0..<rounds { pair.run(2) { _ in } } } / Double(rounds)
        self.lanes = lanes
        self.serial = serial
        addition = Self.medians(additions, less: reading)[0]
    }

    /// Seconds of a step, and the share of the cores' time that is work.
    struct Outcome {
        let seconds: Double
        let efficiency: Double
        let inFlight: Int
        let team: Int
        /// Shares of the cores' time: rounds with fewer tiles than threads or tiles of unequal length; barriers; what is
        /// outside rounds; the sum of the lanes, and lanes that do not fill the last round of lanes.
        let uneven: Double
        let barriers: Double
        let outside: Double
        let sums: Double
    }

    func outcome(cores: Int) -> Outcome {
        let inFlight = LanePlan.lanesInFlight(of: lanes.count, threads: cores)
        let team = cores / inFlight
        // Lanes go through in the order in which those in flight are done.
        var free = [Double](repeating: 0, count: inFlight)
        for (lane, serial) in zip(lanes, serial) {
            let next = free.indices.min { free[$0] < free[$1] } ?? 0
            free[next] += serial + lane.map { Self.makespan($0, team) + barrier(team, $0.count) }.reduce(0, +)
        }
        // Where buffers lack, lanes are added up on the way; the others at the end, by all threads.
        let buffers = plan.gradientBuffers(0..<lanes.count, inFlight: inFlight)
        let early = Double(lanes.count - buffers) * Self.makespan(addition, team) / Double(inFlight)
        let late = Self.makespan(addition.map { $0 * Double(buffers - 1) }, cores)
        let total = (free.max() ?? 0) + early + late
        let one = addition.reduce(0, +) * Double(lanes.count - 1)
        let inTiles = lanes.joined().joined().reduce(0, +)
        let all = total * Double(cores)
        let rounds = lanes.joined()
        let spans = rounds.map { Self.makespan($0, team) }.reduce(0, +) * Double(team)
        let waits = rounds.map { barrier(team, $0.count) }.reduce(0, +) * Double(team)
        let alone = serial.reduce(0, +)
        return Outcome(
            seconds: total,
            efficiency: (inTiles + alone + one) / all,
            inFlight: inFlight,
            team: team,
            uneven: (spans - inTiles) / all,
            barriers: waits / all,
            outside: alone * Double(team - 1) / all,
            sums: (all - spans - waits - alone * Double(team) - one) / all
        )
    }

    private func barrier(_ team: Int, _ tiles: Int) -> Double { team > 1 && tiles > 1 ? barrier : 0 }

    /// When the last tile is done, each taken by the thread that is free first.
    static func makespan(_ tiles: [Double], _ threads: Int) -> Double {
        var free = [Double](repeating: 0, count: max(1, min(threads, tiles.count)))
        for tile in tiles {
            let next = free.indices.min { free[$0] < free[$1] } ?? 0
            free[next] += tile
        }
        return free.max() ?? 0
    }

    /// Tile by tile the median over runs, whose rounds are the same.
    ///
    /// * `reading`: what looking at the clock took of each
    private static func medians(_ runs: [[[Double]]], less reading: Double) -> [[Double]] {
        runs[0].indices.map { round in
            runs[0][round].indices.map { tile in max(0, median(runs.map { $0[round][tile] }) - reading) }
        }
    }
}
