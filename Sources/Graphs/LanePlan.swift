import Kernels
import Tensors

/// How a batch is cut: into a fixed number of lanes, each into micro-batches, whatever ranks and threads there are.
package struct LanePlan: Sendable, Equatable {
    package let lanes: Int
    /// Greatest number of samples that go through the graph together.
    package let microBatch: Int

    package init(lanes: Int, microBatch: Int) {
        precondition(lanes > 0 && microBatch > 0)
        self.lanes = lanes
        self.microBatch = microBatch
    }

    /// Samples that give a matrix product about 256 rows: enough for full speed, few enough to stay in cache.
    package static func defaultMicroBatch(_ graph: Graph) -> Int {
        (256 + graph.usualRows - 1) / graph.usualRows
    }

    package var tree: SummationTree { SummationTree(leaves: lanes) }

    /// The positions of a batch of `count` samples that lane `lane` works on.
    package func positions(_ lane: Int, of count: Int) -> Range<Int> {
        (count * lane / lanes)..<(count * (lane + 1) / lanes)
    }

    /// `range` in runs of at most `microBatch`.
    package func microBatches(of range: Range<Int>) -> [Range<Int>] {
        stride(from: range.lowerBound, to: range.upperBound, by: microBatch).map {
            $0..<min($0 + microBatch, range.upperBound)
        }
    }

    /// Gradient buffers that the lanes of `node` need, `inFlight` of them at a time.
    ///
    /// Beside one per lane in flight there is one per partial sum that waits: lanes that are in flight together end together,
    /// so that ⌈lanes/in flight⌉ rounds of them leave at most ⌈log₂⌉ of these. Where some end early, they wait for the others.
    package func gradientBuffers(_ node: Range<Int>, inFlight: Int) -> Int {
        guard node.count > 1 else { return node.count }
        let together = min(inFlight, node.count)
        let rounds = (node.count + together - 1) / together
        return min(node.count, together + Int.bitWidth - (rounds - 1).leadingZeroBitCount)
    }

    /// How many of a rank's `lanes` lanes are best in flight at once, each with its share of `threads` threads.
    ///
    /// Of equals the most lanes, whose teams are the smallest.
    ///
    /// * `fits`: whether there is memory for so many; one lane is in flight whatever it says
    package static func lanesInFlight(
        of lanes: Int,
        threads: Int,
        where fits: (Int) -> Bool = { _ in true }
    ) -> Int {
        func seconds(_ inFlight: Int) -> Double {
            time(of: lanes, inFlight: inFlight, team: threads / inFlight)
        }
        let possible = (1...max(1, min(lanes, threads))).reversed().filter { $0 == 1 || fits($0) }
        return possible.reduce(possible[0]) { seconds($1) < seconds($0) ? $1 : $0 }
    }

    /// What `count` lanes or micro-batches take, in rounds of `inFlight` at once, by what one takes on a single thread.
    static func time(of count: Int, inFlight: Int, team: Int) -> Double {
        Double((count + inFlight - 1) / inFlight) / speed(ofTeam: team)
    }

    /// How many times as fast as one thread a team is taken to be: each thread more costs a tenth of what it brings.
    static func speed(ofTeam threads: Int) -> Double { 10 * Double(threads) / Double(9 + threads) }

    /// Bytes that the lanes of `node` need, `inFlight` of them at a time: activations and gradients.
    package func byteCount(
        _ graph: Graph,
        _ node: Range<Int>,
        inFlight: Int,
        training: Bool,
        precision: Precision = .f32
    ) -> Int {
        let executor = Executor<Float>.byteCount(
            graph,
            capacity: microBatch,
            training: training,
            precision: precision
        )
        let buffers = training ? gradientBuffers(node, inFlight: inFlight) : 0
        return inFlight * executor + buffers * graph.layout.count * MemoryLayout<Float>.stride
            + SharedValues<Float>.byteCount(graph, precision: precision)
    }
}
