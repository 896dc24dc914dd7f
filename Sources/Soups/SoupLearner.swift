/// Learns a soup by block coordinate gradient descent: a coefficient space, a sampler and AdamW, on any objective.
///
/// For each coefficient block, x starts afresh and so do AdamW and the learning rate; the soup itself goes on from where
/// the coefficient block before it left it.
///
/// With folds, one soup for each is learned, each on the data without its fold, all through one coefficient block before
/// the next begins, so that the ingredients are read once. The result is their mean; none has ever seen its own fold.
package struct SoupLearner<Space: CoefficientSpace, Sampler: CoefficientSampler>: Sendable {
    package let settings: SoupSettings
    package let sampler: Sampler
    package private(set) var state: SoupState<Space>

    /// Starts from the soup of the given coefficients, ingredients of the pool × groups; every column sums to one.
    package init(settings: SoupSettings, sampler: Sampler, alpha: CoefficientMatrix) {
        let alphas = Array(repeating: alpha, count: settings.folds)
        self.init(settings: settings, sampler: sampler, resuming: SoupState(alphas: alphas))
    }

    /// Takes a run up again where it was interrupted, or begins where each fold has its own start.
    ///
    /// `state` is sound for this pool and these settings: see `SoupState.isSound`.
    package init(settings: SoupSettings, sampler: Sampler, resuming state: SoupState<Space>) {
        precondition(settings.outerEpochs > 0 && settings.epochs > 0 && settings.batchesPerEpoch > 0)
        precondition(settings.folds > 0 && state.alphas.count == settings.folds)
        self.settings = settings
        self.sampler = sampler
        self.state = state
    }

    /// Coefficient blocks of the whole run.
    package var totalBlocks: Int { saturatingProduct(settings.outerEpochs, sampler.blocksPerOuterEpoch) }

    /// Steps of the whole run, known before it starts.
    package var totalSteps: Int {
        saturatingProduct(saturatingProduct(totalBlocks, settings.folds), settings.stepsPerBlock)
    }

    /// Runs to the end and returns the pool's coefficients, ingredients × groups: the mean of the folds'.
    ///
    /// - Throws: `SoupError` on a number that is not finite, and whatever objective and observer throw.
    package mutating func run(
        objective: inout some SoupObjective,
        observer: inout some SoupObserver
    ) throws -> CoefficientMatrix {
        while state.blocksDone < totalBlocks {
            let block = state.current?.block ?? self.block(state.blocksDone)
            let hasMore = state.blocksDone + 1 < totalBlocks
            let distances = try objective.enter(
                block,
                upcoming: hasMore ? self.block(state.blocksDone + 1) : nil,
                alphas: state.alphas
            )
            precondition(distances.count == settings.folds)
            for distances in distances { try check(distances: distances, of: block) }
            var current = state.current ?? SoupState.Current(block: block)
            for fold in 0..<settings.folds {
                if current.paths.count == fold {
                    try begin(fold, of: &current, distances[fold], &objective, &observer)
                }
                while current.paths[fold].stepsDone < settings.stepsPerBlock {
                    let record = try takeStep(fold, of: &current, &objective)
                    state.current = current
                    try observer.didStep(record)
                    try monitor(fold, of: &current, &objective, &observer)
                    try observer.didReach(state)
                }
            }
            try settle(current, &objective)
            try observer.didReach(state)
        }
        return state.alpha
    }

    private func block(_ number: Int) -> CoefficientBlock {
        let (outerEpoch, index) = number.quotientAndRemainder(
            dividingBy: sampler.blocksPerOuterEpoch
        )
        return sampler.block(outerEpoch: outerEpoch, index: index)
    }

    /// A fold sets out on its way through the coefficient block.
    private mutating func begin(
        _ fold: Int,
        of current: inout SoupState<Space>.Current,
        _ distances: CoefficientMatrix,
        _ objective: inout some SoupObjective,
        _ observer: inout some SoupObserver
    ) throws {
        let alpha = state.alphas[fold]
        let ingredients = current.block.ingredients
        precondition(distances.rows == ingredients.count && distances.columns == alpha.columns)
        let space = Space(distances: distances, alpha: alpha.rows(of: ingredients), settings: settings)
        let start = space.start
        current.paths.append(
            SoupState.Path(
                space: space,
                parameters: start,
                optimizer: AdamW(count: start.count, weightDecay: settings.weightDecay)
            )
        )
        state.current = current
        try observer.didEnter(current.block, fold: fold, distances: space.distances, alpha: alpha)
        try monitor(fold, of: &current, &objective, &observer)
        try observer.didReach(state)
    }

    /// The coefficient block is done: every fold's soup goes on from where its way ended.
    private mutating func settle(
        _ current: SoupState<Space>.Current,
        _ objective: inout some SoupObjective
    ) throws {
        let displacements = current.paths.map { $0.space.displacement(at: $0.end) }
        try objective.settle(displacements: displacements)
        for (fold, path) in current.paths.enumerated() {
            state.alphas[fold] = state.alphas[fold].moved(
                by: displacements[fold],
                of: current.block.ingredients
            )
            state.temperatures[fold] = path.space.temperature(at: path.end)
        }
        state.blocksDone += 1
        state.current = nil
    }

    private func takeStep(
        _ fold: Int,
        of current: inout SoupState<Space>.Current,
        _ objective: inout some SoupObjective
    ) throws -> SoupStepRecord {
        var path = current.paths[fold]
        let step = place(of: path, fold, current.block)
        let displacement = path.space.displacement(at: path.parameters)
        let temperature = path.space.temperature(at: path.parameters)
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
        path.optimizer.update(
            &path.parameters,
            gradient: path.space.gradient(
                at: path.parameters,
                of: SoupSlope(
                    displacement: conditioned.gradient,
                    temperature: evaluation.temperatureSlope
                )
            ),
            learningRate: rate
        )
        path.stepsDone += 1
        current.paths[fold] = path
        let ingredients = current.block.ingredients
        return SoupStepRecord(
            step: step,
            block: current.block,
            alpha: state.alphas[fold].moved(by: displacement, of: ingredients).rows(of: ingredients),
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
        _ fold: Int,
        of current: inout SoupState<Space>.Current,
        _ objective: inout some SoupObjective,
        _ observer: inout some SoupObserver
    ) throws {
        let path = current.paths[fold]
        let (every, done) = (settings.monitorEvery, path.stepsDone)
        guard every > 0, done.isMultiple(of: every) || done == settings.stepsPerBlock else { return }
        let score = try objective.monitor(
            fold: fold,
            displacement: path.space.displacement(at: path.parameters)
        )
        guard score.loss.isFinite else {
            throw SoupError(.loss, value: score.loss, step: stepsBefore(fold) + done, block: current.block)
        }
        let isKept = path.kept.map { score.isBetter(than: $0.score) } ?? true
        if isKept {
            current.paths[fold].kept = SoupState.Kept(parameters: path.parameters, score: score)
        }
        state.current = current
        try observer.didMonitor(
            SoupMonitorRecord(
                stepsDone: stepsBefore(fold) + done,
                block: current.block,
                score: score,
                isKept: isKept
            )
        )
    }

    /// The place of a fold's next step.
    private func place(of path: SoupState<Space>.Path, _ fold: Int, _ block: CoefficientBlock) -> SoupStep {
        let (epoch, batch) = path.stepsDone.quotientAndRemainder(dividingBy: settings.batchesPerEpoch)
        return SoupStep(
            step: stepsBefore(fold) + path.stepsDone,
            outerEpoch: block.outerEpoch,
            coefficientBlock: block.index,
            fold: fold,
            stepInBlock: path.stepsDone,
            epoch: epoch,
            runningEpoch: state.blocksDone * settings.epochs + epoch,
            batch: batch
        )
    }

    /// Steps of the coefficient blocks that are done, and of the folds before this one in the present.
    private func stepsBefore(_ fold: Int) -> Int {
        (state.blocksDone * settings.folds + fold) * settings.stepsPerBlock
    }
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
                        step: stepsBefore(0),
                        block: block
                    )
                }
            }
        }
    }

    private func check(_ evaluation: SoupEvaluation, at step: SoupStep, of block: CoefficientBlock) throws {
        let projections = evaluation.projections
        precondition(
            projections.rows == block.ingredients.count && projections.columns == state.alphas[0].columns
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
