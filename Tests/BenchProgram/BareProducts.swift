import Graphs
import Kernels
import Synchronization
import Tensors
import Threads

/// The matrix products of a step by OpenBLAS and nothing else, with the step's own weights, micro-batches and threads.
final class BareProducts: @unchecked Sendable {
    private let step: ModelStep
    private let team: Team
    /// Per lane, per micro-batch.
    private let products: [[[ProductUse]]]
    private let workers: [Worker]

    /// What a lane in flight reads and writes beside the weights, and the threads that work on it.
    private struct Worker {
        let team: Team
        let gradient: AlignedBuffer<Float>
        /// Written as large as the step's own activations are, from one product to the next.
        let results: AlignedBuffer<Float>
        /// Read; never written, so that numbers stay ordinary.
        let factors: AlignedBuffer<Float>
    }

    init(_ step: ModelStep) {
        self.step = step
        products = (0..<step.plan.lanes).map { lane in
            let positions = step.plan.positions(lane, of: step.batch)
            return step.plan.microBatches(of: positions).map { step.graph.products(batch: $0.count) }
        }
        team = step.executor.team
        let inFlight = step.executor.inFlight
        let shapes = products.joined().joined().map(\.shape)
        let widest = shapes.map { max($0.leftExtent, $0.rightExtent, $0.outputExtent) }.max() ?? 0
        let activations = Executor<Float>.byteCount(
            step.graph,
            capacity: step.plan.microBatch,
            training: true
        )
        let resultCount = max(2 * widest, activations / 4)
        workers = (0..<inFlight).map { [team] _ in
            let worker = Worker(
                team: Team(threads: team.threads / inFlight, spins: team.spins),
                gradient: AlignedBuffer(count: step.graph.layout.count),
                results: AlignedBuffer(count: resultCount),
                factors: AlignedBuffer(count: 4 * widest)
            )
            for index in 0..<worker.factors.count {
                worker.factors.base[index] = Float(index % 17) / 17 - 0.5
            }
            return worker
        }
    }

    var count: Int { products.joined().joined().map(\.repeats).reduce(0, +) }
    var operations: Int { products.joined().joined().map(\.operations).reduce(0, +) }

    func run() {
        let next = Atomic(0)
        team.run(workers.count) { worker in
            while true {
                let lane = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard lane < products.count else { return }
                run(products[lane], workers[worker])
            }
        }
    }

    private func run(_ microBatches: [[ProductUse]], _ worker: Worker) {
        var (read, written) = (0, 0)
        func advance(_ place: inout Int, _ extent: Int, within count: Int) -> Int {
            if place + extent > count { place = 0 }
            defer { place += (extent + 15) / 16 * 16 }
            return place
        }
        for (index, uses) in microBatches.enumerated() {
            for use in uses {
                let left =
                    worker.factors.base + advance(&read, use.shape.leftExtent, within: worker.factors.count)
                var right = UnsafePointer(worker.factors.base)
                var output = worker.gradient.base
                if case .read(let range) = use.weight {
                    right = UnsafePointer(step.parameters.base + range.lowerBound)
                } else {
                    right += advance(&read, use.shape.rightExtent, within: worker.factors.count)
                }
                var beta: Float = 0
                if case .gradient(let range) = use.weight {
                    output += range.lowerBound
                    if index > 0 { beta = 1 }
                } else {
                    output =
                        worker.results.base
                        + advance(&written, use.shape.outputExtent, within: worker.results.count)
                }
                for _ in 0..<use.repeats {
                    multiply(
                        on: worker.team,
                        use.shape,
                        left,
                        right,
                        keeping: beta,
                        by: .openBLAS,
                        into: output
                    )
                }
            }
        }
    }
}

extension MatrixProduct {
    /// Elements from a factor's or the result's first to its last.
    fileprivate var leftExtent: Int {
        (transposeLeft ? inner - 1 : rows - 1) * leftStride + (transposeLeft ? rows : inner)
    }
    fileprivate var rightExtent: Int {
        (transposeRight ? columns - 1 : inner - 1) * rightStride + (transposeRight ? inner : columns)
    }
    fileprivate var outputExtent: Int { (rows - 1) * outputStride + columns }
}
