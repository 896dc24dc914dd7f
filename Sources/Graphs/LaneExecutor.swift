import Foundation
import Kernels
import Tensors

/// Computes the loss and the flat gradient of a rank's lanes, a lane to a thread.
package final class LaneExecutor: @unchecked Sendable {
    package let graph: Graph
    package let plan: LanePlan
    /// This rank's lanes: a node of the summation tree, or empty.
    package let node: Range<Int>
    package let threads: Int
    private let executors: [Executor<Float>]
    /// Executors, from the first on, that can run backward.
    private let laneWorkers: Int
    private let sum: GradientSum

    /// * `training`: false serves `evaluate` alone, in less memory.
    package init(_ graph: Graph, plan: LanePlan, node: Range<Int>, threads: Int, training: Bool = true) {
        self.graph = graph
        self.plan = plan
        self.node = node
        self.threads = max(1, threads)
        // Threads beyond the lanes serve evaluation alone.
        let workers = training ? min(self.threads, node.count) : 0
        executors = (0..<self.threads).map {
            Executor(graph, capacity: plan.microBatch, training: $0 < workers)
        }
        laneWorkers = workers
        let buffers = training ? plan.gradientBuffers(node, threads: workers) : 0
        sum = GradientSum(root: node, buffers: buffers, elements: graph.layout.count)
        KernelSet.useCallingThreadOnly()
    }

    /// Bytes of activations of the lanes in flight.
    package var activationBytes: Int { executors.map(\.byteCount).reduce(0, +) }
    /// Bytes of gradients of the lanes in flight and waiting to be summed.
    package var gradientBytes: Int { sum.byteCount }

    /// The gradient of the mean loss over the whole batch, as far as this rank's lanes go, and the loss of each lane.
    ///
    /// * `temperature`: β, which multiplies the logits
    /// * returns the lanes' summed gradient (nil where they have no sample), valid until the next call, and their
    ///   losses, with their slopes by β, in lane order
    package func gradient(
        _ source: some SampleSource,
        parameters: UnsafePointer<Float>,
        temperature: Double = 1
    ) throws -> (gradient: UnsafeMutablePointer<Float>?, losses: [LossSum]) {
        sum.restart()
        let results = Results(count: node.count)
        let parameters = SendablePointer(parameters)
        concurrently(threads: laneWorkers, items: laneWorkers) { [self] worker in
            let executor = executors[worker]
            while let (lane, buffer) = sum.next() {
                let positions = plan.positions(lane, of: source.count)
                results.record(lane - node.lowerBound) {
                    try run(executor, positions, source, parameters.pointer, Float(temperature), buffer.base)
                }
                sum.finish(lane, buffer, isEmpty: positions.isEmpty)
            }
        }
        return try (sum.total?.base, results.values())
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
        let first = range.lowerBound * plan.microBatch
        let answers = SendablePointer(answers)
        let results = Results(count: range.count)
        let parameters = SendablePointer(parameters)
        let idle = IdleExecutors(executors)
        concurrently(threads: executors.count, items: range.count) { [self] item in
            idle.withOne { executor in
                let start = (range.lowerBound + item) * plan.microBatch
                let positions = start..<min(start + plan.microBatch, source.count)
                results.record(item) {
                    let batch = positions.count
                    clear(executor, batch)
                    try source.fill(
                        positions,
                        images: executor.images(batch: batch, training: false),
                        targets: executor.targets
                    )
                    let logits = executor.forward(batch: batch, parameters: parameters.pointer)
                    answers.pointer.map {
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
        _ temperature: Float,
        _ gradient: UnsafeMutablePointer<Float>
    ) throws -> LossSum {
        var total = LossSum.zero
        for (index, part) in plan.microBatches(of: positions).enumerated() {
            clear(executor, part.count)
            try source.fill(
                part,
                images: executor.images(batch: part.count, training: true),
                targets: executor.targets
            )
            let logits = executor.forward(batch: part.count, parameters: parameters, training: true)
            let loss = executor.loss(
                batch: part.count,
                scale: 1 / Float(source.count),
                temperature: temperature
            )
            total = total + tally(part, source, logits, loss)
            executor.backward(
                batch: part.count,
                parameters: parameters,
                gradient: gradient,
                adding: index > 0
            )
        }
        return total
    }

    private func clear(_ executor: Executor<Float>, _ batch: Int) {
        executor.targets.update(repeating: 0, count: batch * graph.classes)
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

/// A pointer that the caller vouches for: what is behind it is read by all threads, or each place written by one.
private struct SendablePointer<Pointer>: @unchecked Sendable {
    let pointer: Pointer

    init(_ pointer: Pointer) {
        self.pointer = pointer
    }
}

/// One result per item, written by whichever thread had it; the first error in item order is thrown at the end.
private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var outcomes: [Result<LossSum, any Error>]

    init(count: Int) {
        outcomes = Array(repeating: .success(.zero), count: count)
    }

    func record(_ item: Int, _ body: () throws -> LossSum) {
        let outcome = Result { try body() }
        lock.withLock { outcomes[item] = outcome }
    }

    func values() throws -> [LossSum] {
        try outcomes.map { try $0.get() }
    }
}

/// Executors that no thread is using at the moment.
private final class IdleExecutors: @unchecked Sendable {
    private let lock = NSLock()
    private var executors: [Executor<Float>]

    init(_ executors: [Executor<Float>]) {
        self.executors = executors
    }

    func withOne(_ body: (Executor<Float>) -> Void) {
        guard let executor = lock.withLock({ executors.popLast() }) else {
            preconditionFailure("more threads than executors")
        }
        body(executor)
        lock.withLock { executors.append(executor) }
    }
}
