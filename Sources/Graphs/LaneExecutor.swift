import Foundation
import Kernels
import Synchronization
import Tensors
import Threads

/// Computes the loss and the flat gradient of a rank's lanes, some of them in flight at once, each worked on by a team.
package final class LaneExecutor {
    package let graph: Graph
    package let plan: LanePlan
    /// This rank's lanes: a node of the summation tree, or empty.
    package let node: Range<Int>
    /// All threads.
    package let team: Team
    /// One per lane in flight, each with its part of the threads.
    private let executors: [Executor<Float>]
    /// One per thread beyond these, to evaluate alone; none where memory is short.
    private let evaluators: [Executor<Float>]
    private let shared: SharedValues<Float>
    private let sum: GradientSum
    private let trains: Bool

    /// * `inFlight`: lanes at once, no more than there are lanes and threads; nil for as many as keep most threads at work
    /// * `memory`: bytes that lanes may take where nothing is said of how many; one is in flight in any case
    /// * `training`: false serves `evaluate` alone, in less memory
    /// * `precision`: bf16 for gradients of `rounded` parameters
    package init(
        _ graph: Graph,
        plan: LanePlan,
        node: Range<Int>,
        team: Team,
        inFlight: Int? = nil,
        memory: Int = .max,
        training: Bool = true,
        precision: Precision = .f32
    ) {
        self.graph = graph
        self.plan = plan
        self.node = node
        self.team = team
        let trains = training && !node.isEmpty
        self.trains = trains
        let precision = trains ? precision : .f32
        // Micro-batches that are evaluated are as many as one likes.
        let lanes = trains ? node.count : team.threads
        func bytes(_ inFlight: Int) -> Int {
            plan.byteCount(graph, node, inFlight: inFlight, training: trains, precision: precision)
        }
        let count =
            inFlight.map { max(1, min($0, lanes, team.threads)) }
            ?? LanePlan.lanesInFlight(of: lanes, threads: team.threads) {
                memory == .max || bytes($0) <= memory
            }
        let shared = SharedValues<Float>(graph, precision: precision)
        self.shared = shared
        executors = (0..<count).map { index in
            let (threads, more) = team.threads.quotientAndRemainder(dividingBy: count)
            let own = Team(threads: threads + (index < more ? 1 : 0), spins: team.spins)
            return Executor(
                graph,
                capacity: plan.microBatch,
                training: trains,
                team: own,
                precision: precision,
                shared: shared
            )
        }
        let evaluator = Executor<Float>.byteCount(graph, capacity: plan.microBatch, training: false)
        let spare = memory - bytes(count)
        let idle = team.threads - count
        evaluators = (0..<(idle * evaluator <= spare ? idle : 0)).map { _ in
            Executor(graph, capacity: plan.microBatch, training: false, shared: shared)
        }
        let buffers = trains ? plan.gradientBuffers(node, inFlight: count) : 0
        sum = GradientSum(root: node, buffers: buffers, elements: graph.layout.count)
        KernelSet.useCallingThreadOnly()
    }

    /// Lanes at once.
    package var inFlight: Int { executors.count }
    /// How much faster many micro-batches are evaluated than the same are learned from.
    package var evaluationGain: Double {
        let teams = Double(inFlight) * LanePlan.speed(ofTeam: team.threads / inFlight)
        return evaluators.isEmpty ? 1 : Double(team.threads) / teams
    }

    /// Bytes of activations of the lanes in flight.
    package var activationBytes: Int {
        (executors + evaluators).map(\.byteCount).reduce(shared.byteCount, +)
    }
    /// Bytes of gradients of the lanes in flight and waiting to be summed.
    package var gradientBytes: Int { sum.byteCount }

    /// The gradient of the mean loss over the whole batch, as far as this rank's lanes go, and the loss of each lane.
    ///
    /// * `rounded`: the parameters in bfloat16, for products in bfloat16; then `parameters` may lack products' weights
    /// * `temperature`: β, which multiplies the logits
    /// * `flow`: how parameters come and gradients go in parts; all of them go, whatever fails, and then as zeros; nil where
    ///   all parameters are there
    /// * returns the lanes' summed gradient (nil where they have no sample), valid until the next call, and their
    ///   losses, with their slopes by β, in lane order
    package func gradient(
        _ source: some SampleSource,
        parameters: UnsafePointer<Float>,
        rounded: UnsafePointer<UInt16>? = nil,
        temperature: Double = 1,
        flow: ParameterFlow? = nil
    ) throws -> (gradient: UnsafeMutablePointer<Float>?, losses: [LossSum]) {
        precondition(trains || node.isEmpty, "no gradient was planned for")
        if !node.isEmpty { shared.make(of: parameters, on: team) { flow?.willRun($0) } }
        if let flow {
            let last = flow.schedule.order.count - 1
            sum.restart(parts: flow.schedule.elements.reversed()) {
                flow.leave(flow.schedule.order[last - $0], $1)
            }
        } else {
            sum.restart(parts: [0..<graph.layout.count])
        }
        let results = Results(count: node.count)
        team.run(executors.count) { worker in
            let executor = executors[worker]
            while let (lane, buffer) = sum.next(team: executor.team) {
                let positions = plan.positions(lane, of: source.count)
                let isWell = results.record(lane - node.lowerBound) {
                    try run(
                        executor,
                        positions,
                        source,
                        parameters,
                        rounded,
                        Float(temperature),
                        buffer.base,
                        before: { flow?.willRun($0) },
                        // What is whole at the very end is added up by all threads.
                        after: { index in
                            guard index > 0, let whole = flow?.schedule.whole[index], whole > 0 else {
                                return
                            }
                            sum.advance(lane, whole: whole, team: executor.team)
                        }
                    )
                }
                if !isWell { sum.fail() }
                sum.finish(lane, buffer, isEmpty: positions.isEmpty)
            }
        }
        let total = sum.total(on: team)?.base
        return (total, try results.values())
    }

    /// Loss and correct answers of the micro-batches `range` (numbered over the whole source), one result each.
    ///
    /// * `temperature`: β, which multiplies the logits in the loss; answers are the plain logits'
    /// * `answers`: gets the logits, samples of the range × classes; nil where nobody wants them
    package func evaluate(
        _ source: some SampleSource,
        microBatches range: Range<Int>,
        parameters: UnsafePointer<Float>,
        temperature: Double = 1,
        answers: UnsafeMutablePointer<Float>? = nil
    ) throws -> [LossSum] {
        if !range.isEmpty { shared.make(of: parameters, on: team) }
        let first = range.lowerBound * plan.microBatch
        let results = Results(count: range.count)
        let next = Atomic(0)
        let (few, all) = (executors.count, executors.count + evaluators.count)
        // Each on a thread of its own, or few at once with a team each: whichever is the faster.
        let isWide =
            LanePlan.time(of: range.count, inFlight: all, team: 1)
            < LanePlan.time(of: range.count, inFlight: few, team: team.threads / few)
        let workers = isWide ? executors + evaluators : executors
        team.run(min(workers.count, range.count)) { worker in
            let executor = workers[worker]
            let own = isWide ? .alone : executor.team
            while true {
                let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard item < range.count else { return }
                let start = (range.lowerBound + item) * plan.microBatch
                let positions = start..<min(start + plan.microBatch, source.count)
                results.record(item) {
                    let logits = try forward(
                        executor,
                        own,
                        positions,
                        source,
                        parameters,
                        nil,
                        training: false
                    )
                    let batch = positions.count
                    answers.map {
                        ($0 + (positions.lowerBound - first) * graph.classes)
                            .update(from: logits, count: batch * graph.classes)
                    }
                    let loss = executor.evaluationLoss(
                        batch: batch,
                        logits: logits,
                        temperature: Float(temperature)
                    )
                    return tally(positions, source, logits, (loss, 0))
                }
            }
        }
        return try results.values()
    }

    /// Number of micro-batches that `evaluate` cuts `count` samples into.
    package func microBatchCount(of count: Int) -> Int { (count + plan.microBatch - 1) / plan.microBatch }

    private func run(
        _ executor: Executor<Float>,
        _ positions: Range<Int>,
        _ source: some SampleSource,
        _ parameters: UnsafePointer<Float>,
        _ rounded: UnsafePointer<UInt16>?,
        _ temperature: Float,
        _ gradient: UnsafeMutablePointer<Float>,
        before: (_ index: Int) -> Void,
        after: (_ index: Int) -> Void
    ) throws -> LossSum {
        var total = LossSum.zero
        let parts = plan.microBatches(of: positions)
        for (index, part) in parts.enumerated() {
            let logits = try forward(
                executor,
                executor.team,
                part,
                source,
                parameters,
                rounded,
                training: true,
                before: before
            )
            let isLast = index == parts.count - 1
            let loss = executor.loss(
                batch: part.count,
                scale: 1 / Float(source.count),
                temperature: temperature
            )
            total = total + tally(part, source, logits, loss)
            executor.backward(
                batch: part.count,
                parameters: parameters,
                rounded: rounded,
                gradient: gradient,
                adding: false,
                LaneTurn(isFirst: index == 0, isLast: isLast)
            ) { if isLast { after($0) } }
        }
        return total
    }

    private func forward(
        _ executor: Executor<Float>,
        _ team: Team,
        _ positions: Range<Int>,
        _ source: some SampleSource,
        _ parameters: UnsafePointer<Float>,
        _ rounded: UnsafePointer<UInt16>?,
        training: Bool,
        before: (_ index: Int) -> Void = { _ in }
    ) throws -> UnsafePointer<Float> {
        let batch = positions.count
        executor.targets.update(repeating: 0, count: batch * graph.classes)
        try source.fill(
            positions,
            images: executor.images(batch: batch, training: training),
            targets: executor.targets
        )
        return executor.forward(
            batch: batch,
            parameters: parameters,
            rounded: rounded,
            training: training,
            on: team,
            before: before
        )
    }

    private func tally(
        _ positions: Range<Int>,
        _ source: some SampleSource,
        _ logits: UnsafePointer<Float>,
        _ measured: (loss: Double, temperatureSlope: Double)
    ) -> LossSum {
        var correct = 0
        for (row, position) in positions.enumerated() {
            let scores = UnsafeBufferPointer(start: logits + row * graph.classes, count: graph.classes)
            var best = 0
            for index in 1..<max(graph.classes, 1) where scores[index] > scores[best] { best = index }
            if best == source.label(position) { correct += 1 }
        }
        return LossSum(
            loss: measured.loss,
            correct: correct,
            count: positions.count,
            temperatureSlope: measured.temperatureSlope
        )
    }
}

/// One result per item, written by whichever thread had it; the first error in item order is thrown at the end.
private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var outcomes: [Result<LossSum, any Error>]

    init(count: Int) {
        outcomes = Array(repeating: .success(.zero), count: count)
    }

    /// Whether it went well.
    @discardableResult
    func record(_ item: Int, _ body: () throws -> LossSum) -> Bool {
        let outcome = Result { try body() }
        lock.withLock { outcomes[item] = outcome }
        if case .failure = outcome { return false }
        return true
    }

    func values() throws -> [LossSum] {
        try outcomes.map { try $0.get() }
    }
}
