/// Learns a soup by block coordinate gradient descent: a coefficient space, a sampler and AdamW, on any objective.
///
/// For each coefficient block, x starts afresh and so do AdamW and the learning rate; the soup itself goes on from where
/// the coefficient block before it left it.
package struct SoupLearner<Space: CoefficientSpace, Sampler: CoefficientSampler>: Sendable {
    package let settings: SoupSettings
    package let sampler: Sampler
    package private(set) var state: SoupState<Space>

    /// Starts from the soup of the given coefficients, ingredients of the pool × groups; every column sums to one.
    package init(settings: SoupSettings, sampler: Sampler, alpha: CoefficientMatrix) {
        precondition(settings.outerEpochs > 0 && settings.epochs > 0 && settings.batchesPerEpoch > 0)
        self.settings = settings
        self.sampler = sampler
        state = SoupState(alpha: alpha)
    }

    /// Takes a run up again where it was interrupted.
    ///
    /// `state` is sound for this pool and these settings: see `SoupState.isSound`.
    package init(settings: SoupSettings, sampler: Sampler, resuming state: SoupState<Space>) {
        precondition(settings.outerEpochs > 0 && settings.epochs > 0 && settings.batchesPerEpoch > 0)
        self.settings = settings
        self.sampler = sampler
        self.state = state
    }

    /// Coefficient blocks of the whole run.
    package var totalBlocks: Int { saturatingProduct(settings.outerEpochs, sampler.blocksPerOuterEpoch) }

    /// Steps of the whole run, known before it starts.
    package var totalSteps: Int { saturatingProduct(totalBlocks, settings.stepsPerBlock) }

    /// Runs to the end and returns the pool's coefficients, ingredients × groups.
    ///
    /// - Throws: `SoupError` on a number that is not finite, and whatever objective and observer throw.
    package mutating func run(
        objective: inout some SoupObjective,
        observer: inout some SoupObserver
    ) throws -> CoefficientMatrix {
        while state.blocksDone < totalBlocks {
            var current =
                try state.current.map { try reenter($0, &objective) } ?? begin(&objective, &observer)
            while current.stepsDone < settings.stepsPerBlock {
                let record = try takeStep(&current, &objective)
                state.current = current
                try observer.didStep(record)
                try monitor(&current, &objective, &observer)
                try observer.didReach(state)
            }
            let parameters = current.kept?.parameters ?? current.parameters
            let displacement = current.space.displacement(at: parameters)
            try objective.settle(displacement: displacement)
            state.alpha = state.alpha.moved(by: displacement, of: current.block.ingredients)
            state.temperature = current.space.temperature(at: parameters)
            state.blocksDone += 1
            state.current = nil
            try observer.didReach(state)
        }
        return state.alpha
    }

    private mutating func begin(
        _ objective: inout some SoupObjective,
        _ observer: inout some SoupObserver
    ) throws -> SoupState<Space>.Current {
        var current = try nextBlock(&objective)
        state.current = current
        try observer.didEnter(current.block, distances: current.space.distances, alpha: state.alpha)
        try monitor(&current, &objective, &observer)
        try observer.didReach(state)
        return current
    }

    /// The coefficient block in whose midst the run was interrupted, its ingredients read again.
    private func reenter(
        _ current: SoupState<Space>.Current,
        _ objective: inout some SoupObjective
    ) throws -> SoupState<Space>.Current {
        try check(distances: objective.enter(current.block, alpha: state.alpha), of: current.block)
        return current
    }

    private func nextBlock(_ objective: inout some SoupObjective) throws -> SoupState<Space>.Current {
        let (outerEpoch, index) = state.blocksDone.quotientAndRemainder(
            dividingBy: sampler.blocksPerOuterEpoch
        )
        let block = sampler.block(outerEpoch: outerEpoch, index: index)
        let distances = try objective.enter(block, alpha: state.alpha)
        precondition(distances.rows == block.ingredients.count && distances.columns == state.alpha.columns)
        try check(distances: distances, of: block)
        let space = Space(
            distances: distances,
            alpha: state.alpha.rows(of: block.ingredients),
            settings: settings
        )
        let start = space.start
        return SoupState.Current(
            block: block,
            space: space,
            parameters: start,
            optimizer: AdamW(count: start.count, weightDecay: settings.weightDecay)
        )
    }

    private func takeStep(
        _ current: inout SoupState<Space>.Current,
        _ objective: inout some SoupObjective
    ) throws -> SoupStepRecord {
        let step = place(of: current)
        let displacement = current.space.displacement(at: current.parameters)
        let temperature = current.space.temperature(at: current.parameters)
        let evaluation = try objective.evaluate(step, displacement: displacement, temperature: temperature)
        try check(evaluation, at: step, of: current.block)
        let conditioned = GradientConditioning(clip: settings.clip, stillness: settings.stillness)
            .condition(evaluation.projections, squaredGradientNorms: evaluation.squaredGradientNorms)
        let rate = LearningRateSchedule(
            peak: settings.learningRate,
            steps: settings.stepsPerBlock,
            warmup: settings.warmup,
            shape: settings.schedule
        ).rate(at: step.stepInBlock)
        current.optimizer.update(
            &current.parameters,
            gradient: current.space.gradient(
                at: current.parameters,
                of: SoupSlope(
                    displacement: conditioned.gradient,
                    temperature: evaluation.temperatureSlope
                )
            ),
            learningRate: rate
        )
        current.stepsDone += 1
        let ingredients = current.block.ingredients
        return SoupStepRecord(
            step: step,
            block: current.block,
            alpha: state.alpha.moved(by: displacement, of: ingredients).rows(of: ingredients),
            gradient: evaluation.projections,
            score: evaluation.score,
            temperature: temperature,
            learningRate: rate,
            gradientNorm: conditioned.norm,
            stillGroups: conditioned.stillGroups
        )
    }

    /// Evaluates the soup on the monitor where that is due, and keeps it where it is the best so far.
    private mutating func monitor(
        _ current: inout SoupState<Space>.Current,
        _ objective: inout some SoupObjective,
        _ observer: inout some SoupObserver
    ) throws {
        let (every, done) = (settings.monitorEvery, current.stepsDone)
        guard every > 0, done.isMultiple(of: every) || done == settings.stepsPerBlock else { return }
        let score = try objective.monitor(
            displacement: current.space.displacement(at: current.parameters)
        )
        guard score.loss.isFinite else {
            throw SoupError(.loss, value: score.loss, step: stepsBefore + done, block: current.block)
        }
        let isKept = current.kept.map { score.isBetter(than: $0.score) } ?? true
        if isKept { current.kept = SoupState.Kept(parameters: current.parameters, score: score) }
        state.current = current
        try observer.didMonitor(
            SoupMonitorRecord(
                stepsDone: stepsBefore + done,
                block: current.block,
                score: score,
                isKept: isKept
            )
        )
    }

    /// The place of the coefficient block's next step.
    private func place(of current: SoupState<Space>.Current) -> SoupStep {
        let (epoch, batch) = current.stepsDone.quotientAndRemainder(dividingBy: settings.batchesPerEpoch)
        return SoupStep(
            step: stepsBefore + current.stepsDone,
            outerEpoch: current.block.outerEpoch,
            coefficientBlock: current.block.index,
            stepInBlock: current.stepsDone,
            epoch: epoch,
            runningEpoch: state.blocksDone * settings.epochs + epoch,
            batch: batch
        )
    }

    /// Steps of the coefficient blocks that are done.
    private var stepsBefore: Int { state.blocksDone * settings.stepsPerBlock }
}

extension SoupLearner {
    private func check(distances: CoefficientMatrix, of block: CoefficientBlock) throws {
        for (row, ingredient) in block.ingredients.enumerated() {
            for group in 0..<distances.columns {
                let value = distances[row, group]
                guard value.isFinite, value >= 0 else {
                    throw SoupError(
                        .distance(ingredient: ingredient, group: group),
                        value: value,
                        step: stepsBefore,
                        block: block
                    )
                }
            }
        }
    }

    private func check(_ evaluation: SoupEvaluation, at step: SoupStep, of block: CoefficientBlock) throws {
        let projections = evaluation.projections
        precondition(
            projections.rows == block.ingredients.count && projections.columns == state.alpha.columns
        )
        let loss = evaluation.score.loss
        guard loss.isFinite, evaluation.temperatureSlope.isFinite else {
            throw SoupError(.loss, value: loss, step: step.step, block: block)
        }
        for group in 0..<projections.columns {
            let squaredNorm = evaluation.squaredGradientNorms[group]
            let slopes = (0..<projections.rows).map { projections[$0, group] }
            if let value = ([squaredNorm] + slopes).first(where: { !$0.isFinite }) {
                throw SoupError(.gradient(group: group), value: value, step: step.step, block: block)
            }
        }
    }
}
