import Kernels
import Tensors
import Threads

/// Which of a lane's micro-batches a backward pass is of.
package struct LaneTurn: Sendable {
    /// The gradients of the lane's earlier ones are there.
    package let isFirst: Bool
    /// The values made of parameters have their whole gradient.
    package let isLast: Bool

    package static let only = LaneTurn(isFirst: true, isLast: true)

    package init(isFirst: Bool, isLast: Bool) {
        self.isFirst = isFirst
        self.isLast = isLast
    }
}

/// Runs a graph forward and backward over one micro-batch at a time, in one arena, with a team of threads.
package final class Executor<R: Real> {
    package let graph: Graph
    /// Greatest number of samples in a micro-batch.
    package let capacity: Int
    package let team: Team
    private let trainingPlan: BufferPlan
    private let inferencePlan: BufferPlan
    private let arena: AlignedBuffer<R>
    private let targetBuffer: AlignedBuffer<R>
    private let probabilities: AlignedBuffer<R>
    /// Rows of a product in bfloat16.
    private let roundedRows: AlignedBuffer<UInt16>
    private let shared: SharedValues<R>
    /// Whether nobody else makes the shared values.
    private let makesShared: Bool
    private let sharedGradient: AlignedBuffer<R>
    /// Called after each operator's forward and backward, for measurements.
    package var observer: ((_ finished: any Operator, _ isForward: Bool) -> Void)?

    /// * `training`: false makes an arena for the forward pass alone.
    /// * `precision`: bf16 makes room for passes with `rounded` parameters
    /// * `shared`: what is made of parameters alone, by somebody else before each pass; nil for its own
    package init(
        _ graph: Graph,
        capacity: Int,
        training: Bool = true,
        team: Team = .alone,
        precision: Precision = .f32,
        shared: SharedValues<R>? = nil
    ) {
        self.graph = graph
        self.capacity = capacity
        self.team = team
        inferencePlan = BufferPlan(graph, training: false)
        trainingPlan = training ? BufferPlan(graph, training: true) : inferencePlan
        arena = AlignedBuffer(count: max(trainingPlan.size, inferencePlan.size) * capacity)
        targetBuffer = AlignedBuffer(count: graph.classes * capacity)
        probabilities = AlignedBuffer(count: graph.classes * capacity)
        roundedRows = AlignedBuffer(count: precision == .bf16 ? graph.roundedRowElements * capacity : 0)
        makesShared = shared == nil
        self.shared = shared ?? SharedValues(graph, precision: precision)
        sharedGradient = AlignedBuffer(count: training ? trainingPlan.sharedGradientSize : 0)
    }

    /// Bytes of activations and their gradients.
    package var byteCount: Int {
        arena.byteCount + targetBuffer.byteCount + probabilities.byteCount + roundedRows.byteCount
            + sharedGradient.byteCount
    }

    /// What `byteCount` is going to be.
    package static func byteCount(
        _ graph: Graph,
        capacity: Int,
        training: Bool,
        precision: Precision = .f32
    ) -> Int {
        let plans = (training ? [false, true] : [false]).map { BufferPlan(graph, training: $0) }
        let rounded = precision == .bf16 ? graph.roundedRowElements * MemoryLayout<UInt16>.stride : 0
        let perSample = (plans.map(\.size).max() ?? 0) + 2 * graph.classes
        let shared = training ? plans[1].sharedGradientSize : 0
        return (perSample * MemoryLayout<R>.stride + rounded) * capacity + shared * MemoryLayout<R>.stride
    }

    /// Where the micro-batch's images go before a pass: batch × elements of a sample.
    package func images(batch: Int, training: Bool) -> UnsafeMutablePointer<R> {
        arena.base + plan(training).offset(of: graph.images) * batch
    }

    /// Where the micro-batch's target distributions go: batch × classes.
    package var targets: UnsafeMutablePointer<R> { targetBuffer.base }

    /// Forward over the images in place; returns the logits, batch × classes, valid until the next pass.
    ///
    /// * `rounded`: the parameters in bfloat16, for products in bfloat16; then `parameters` may lack products' weights
    /// * `team`: nil for its own
    /// * `statistics`: where batch norms of a graph that measures put what they see of the micro-batch, in the order of
    ///   `Graph.statisticRanges`
    /// * `before`: called before each operator's step
    package func forward(
        batch: Int,
        parameters: UnsafePointer<R>,
        rounded: UnsafePointer<UInt16>? = nil,
        training: Bool = false,
        on team: Team? = nil,
        statistics: UnsafeMutablePointer<Double>? = nil,
        before: (_ index: Int) -> Void = { _ in }
    ) -> UnsafePointer<R> {
        precondition(batch <= capacity)
        if makesShared { shared.make(of: parameters, on: team ?? self.team, before: before) }
        var run = Run(
            samples: batch,
            addsParameters: false,
            addsShared: false,
            graph: graph,
            plan: plan(training),
            isTraining: training,
            team: team ?? self.team,
            arena: arena.base,
            parameters: parameters,
            shared: shared.base,
            parameterGradient: nil,
            sharedGradient: nil,
            rounded: roundedWeights(rounded),
            roundedShared: shared.rounded,
            statistics: statistics
        )
        for index in graph.sharedOperators..<graph.operators.count {
            before(index)
            run.operatorIndex = index
            graph.operators[index].forward(run)
            observer?(graph.operators[index], true)
        }
        return run[graph.logits]
    }

    /// The summed cross-entropy of β times the logits of a training forward pass against `targets`.
    ///
    /// Leaves `scale` times its gradient where `backward` starts.
    ///
    /// * `temperature`: β
    /// * returns the loss, and `scale` times its derivative by β
    package func loss(
        batch: Int,
        scale: R,
        temperature: R = 1
    ) -> (loss: Double, temperatureSlope: Double) {
        let logits = arena.base + trainingPlan.offset(of: graph.logits) * batch
        let dLogits = arena.base + trainingPlan.gradientOffset(of: graph.logits) * batch
        let loss = crossEntropyForward(
            rows: batch,
            classes: graph.classes,
            temperature: temperature,
            logits: logits,
            targets: targets,
            probabilities: dLogits
        )
        let slope = crossEntropyBackward(
            rows: batch,
            classes: graph.classes,
            temperature: temperature,
            logits: logits,
            probabilities: dLogits,
            targets: targets,
            scale: scale,
            dLogits: dLogits
        )
        return (loss, slope)
    }

    /// The summed cross-entropy of `temperature` times `logits` against `targets`, without a gradient.
    package func evaluationLoss(batch: Int, logits: UnsafePointer<R>, temperature: R = 1) -> Double {
        crossEntropyForward(
            rows: batch,
            classes: graph.classes,
            temperature: temperature,
            logits: logits,
            targets: targets,
            probabilities: probabilities.base
        )
    }

    /// Backward from the gradient that `loss` left; writes the gradient of every parameter into the flat `gradient`.
    ///
    /// * `adding`: adds to what `gradient` held before the lane instead of overwriting it.
    /// * `after`: called after each operator's step
    package func backward(
        batch: Int,
        parameters: UnsafePointer<R>,
        rounded: UnsafePointer<UInt16>? = nil,
        gradient: UnsafeMutablePointer<R>,
        adding: Bool,
        _ turn: LaneTurn = .only,
        after: (_ index: Int) -> Void = { _ in }
    ) {
        func run(addsParameters: Bool, addsShared: Bool) -> Run<R> {
            Run(
                samples: batch,
                addsParameters: addsParameters,
                addsShared: addsShared,
                graph: graph,
                plan: trainingPlan,
                isTraining: true,
                team: team,
                arena: arena.base,
                parameters: parameters,
                shared: shared.base,
                parameterGradient: gradient,
                sharedGradient: sharedGradient.base,
                rounded: roundedWeights(rounded),
                roundedShared: shared.rounded
            )
        }
        let perSample = graph.sharedOperators..<graph.operators.count
        backward(perSample, run(addsParameters: adding || !turn.isFirst, addsShared: !turn.isFirst), after)
        // What was made once has its gradient, over all of the lane, now.
        if turn.isLast {
            backward(0..<graph.sharedOperators, run(addsParameters: adding, addsShared: false), after)
        }
    }

    private func backward(_ operators: Range<Int>, _ run: Run<R>, _ after: (_ index: Int) -> Void) {
        var run = run
        for index in operators.reversed() {
            let operation = graph.operators[index]
            defer { after(index) }
            run.operatorIndex = index
            guard graph[operation.output].needsGradient else { continue }
            operation.backward(run)
            for input in operation.inputs where graph[input].needsGradient {
                guard let part = run.contribution(of: input) else { continue }
                accumulate(on: team, count: run.count(input), part, into: run.wholeGradient(input))
            }
            observer?(operation, false)
        }
    }

    private func roundedWeights(_ parameters: UnsafePointer<UInt16>?) -> RoundedWeight? {
        precondition(parameters == nil || roundedRows.count > 0, "no product in bfloat16 was planned for")
        return parameters.map { RoundedWeight(weight: $0, rows: roundedRows.base) }
    }

    private func plan(_ training: Bool) -> BufferPlan { training ? trainingPlan : inferencePlan }
}
