import Graphs
import Soups
import Traces

extension SoupRun {
    /// A method that learns, on the objective.
    func learn(
        _ kitchen: Kitchen,
        _ objective: PoolObjective,
        _ recorder: RunRecorder,
        _ resumption: Resumption?
    ) throws -> Soup {
        switch settings.method.space {
        case .simplex?: try learn(SimplexSpace.self, kitchen, objective, recorder, resumption)
        default: try learn(HyperplaneSpace.self, kitchen, objective, recorder, resumption)
        }
    }

    private func learn<Space: CoefficientSpace>(
        _ space: Space.Type,
        _ kitchen: Kitchen,
        _ objective: PoolObjective,
        _ recorder: RunRecorder,
        _ resumption: Resumption?
    ) throws -> Soup {
        let (soupSettings, sampler) = learning
        // Asked for by a resumed run, too: the trace of what was found on the way has to be gone through.
        let starts = try starts(kitchen, sampler)
        let state = try resumption?.soup(Space.self) ?? SoupState(alphas: starts.map(\.alpha))
        var learner = SoupLearner<Space, CyclicSampler>(
            settings: soupSettings,
            sampler: sampler,
            resuming: state
        )
        var (objective, recorder) = (objective, recorder)
        let alpha = try learner.run(objective: &objective, observer: &recorder)
        var soup = Soup(
            name: settings.method.rawValue,
            alpha: alpha,
            temperature: learner.state.temperature,
            findings: recorder.history.findings
        )
        soup.learned = Soup.Learned(
            start: CoefficientMatrix.mean(of: starts.map(\.alpha)),
            alphas: learner.state.alphas
        )
        soup.isMeasured = settings.statistics == .measured && worker.measures(alpha)
        if settings.monitor > 0 { try judge(&soup, starts.first?.rival, recorder) }
        return soup
    }

    /// A plain soup that a learned one has to beat.
    private struct Rival {
        /// What is written in its stead is called so.
        let name: String
        let text: String
        let alpha: CoefficientMatrix
    }

    /// Where each fold's soup starts: it has no part in the fold.
    private func starts(_ kitchen: Kitchen, _ sampler: CyclicSampler) throws -> [(
        alpha: CoefficientMatrix, rival: Rival?
    )] {
        let folds = worker.heldOut.learningByFold
        guard let recipe = settings.start.recipe else {
            let first = sampler.block(outerEpoch: 0, index: 0).ingredients
            let members = settings.start == .block ? first : Array(0..<inputs.pool.count)
            return folds.map { _ in (worker.keepingUnmixed(worker.mean(of: members)), nil) }
        }
        return try folds.map { samples in
            let alpha = worker.mixture(try recipe.weights(kitchen, samples))
            let rival = Rival(name: recipe.name, text: "what \(recipe.name) makes", alpha: alpha)
            return (worker.keepingUnmixed(alpha), rival)
        }
    }

    private func bestIngredient(_ scores: [TraceEvaluation]) -> Rival {
        let best = GreedySoup.order(scores.map { SoupScore($0) })[0]
        return Rival(
            name: "best",
            text: "the best ingredient (\(inputs.pool.names[best]))",
            alpha: worker.mean(of: [best])
        )
    }

    /// Compares the learned soup with the plain ones on the monitor; says so where one of them does better, and takes
    /// it where the settings ask for that.
    ///
    /// The rival was found without the monitor where the soup started at it; otherwise the best ingredient is the
    /// best on the monitor itself, which favours it.
    private func judge(_ soup: inout Soup, _ known: Rival?, _ recorder: RunRecorder) throws {
        let own = TraceEvaluation(
            step: recorder.history.losses.count,
            subject: .iterate,
            part: .monitor,
            try tallied(&soup)
        )
        soup.monitored = own
        let trials = PoolTrials(coordinator, on: .monitor, recorder)
        let all = Array(0..<inputs.pool.count)
        let found = try known ?? bestIngredient(try trials.ingredients())
        let uniform = Rival(name: "uniform", text: "the uniform soup", alpha: worker.mean(of: all))
        let rivals = try [found, uniform].map { ($0, try trials.score($0.alpha)) }
        let others = rivals.map { "\($0.text) \($1.inWords)" }.joined(separator: ", ")
        let winner = rivals.filter { $1.correct > own.correct && $1.loss.isFinite }.max {
            $0.1.correct < $1.1.correct
        }
        guard let (winner, sum) = winner else {
            let text = "on the monitor the learned soup gets \(own.inWords), \(others)"
            return soup.findings.append(RunFinding(.good, text))
        }
        let consequence =
            settings.guards
            ? "so that was written instead (--guard)" : "--guard would have written that one instead"
        soup.findings.append(
            RunFinding(
                .warning,
                "\(winner.text) does better on the monitor than the learned soup: \(sum.inWords) against "
                    + "\(own.inWords); \(consequence)"
            )
        )
        guard settings.guards else { return }
        soup.name = winner.name
        soup.alpha = winner.alpha
        soup.isMeasured = worker.measures(winner.alpha)
        soup.temperature = 1
        soup.monitored = sum
    }

    /// How the learned soup does on the monitor, which decides about its statistics where nobody has.
    private func tallied(_ soup: inout Soup) throws -> LossSum {
        try coordinator.mix(soup.alpha, measuring: soup.isMeasured)
        let sum = try coordinator.tally(0, .monitor)
        guard settings.statistics == nil, worker.measures(soup.alpha) else { return sum }
        try coordinator.measureStatistics()
        let measured = try coordinator.tally(0, .monitor)
        guard measured.loss < sum.loss else { return sum }
        soup.isMeasured = true
        return measured
    }
}
