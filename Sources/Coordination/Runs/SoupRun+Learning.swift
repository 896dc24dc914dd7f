import Graphs
import Soups
import Traces

extension SoupRun {
    /// A method that learns: its coefficient space, on the objective.
    func learn<Space: CoefficientSpace>(
        _ space: Space.Type,
        _ objective: PoolObjective,
        _ recorder: RunRecorder,
        _ resumption: Resumption?,
        _ shared: inout SharedFindings
    ) throws -> Soup {
        let (start, rivals) = try start(recorder, &shared)
        let (soupSettings, sampler) = learning
        var learner: SoupLearner<Space, CyclicSampler>
        if let state = try resumption?.soup(Space.self) {
            learner = SoupLearner(settings: soupSettings, sampler: sampler, resuming: state)
        } else {
            let members =
                switch start {
                case .firstBlockMean: sampler.block(outerEpoch: 0, index: 0).ingredients
                case .mean(let members): members
                }
            let alpha = worker.keepingUnmixed(worker.mean(of: members))
            learner = SoupLearner(settings: soupSettings, sampler: sampler, alpha: alpha)
        }
        var (objective, recorder) = (objective, recorder)
        let alpha = try learner.run(objective: &objective, observer: &recorder)
        var soup = Soup(
            name: settings.method.rawValue,
            alpha: alpha,
            temperature: learner.state.temperature,
            findings: recorder.history.findings
        )
        soup.start = objective.centre.start.map { Soup.Start(name: settings.start.rawValue, alpha: $0) }
        if settings.monitor > 0 { try judge(&soup, rivals, recorder) }
        return soup
    }

    /// A plain soup that a learned one has to beat.
    private struct Rival {
        /// What is written in its stead is called so.
        let name: String
        let text: String
        let members: [Int]
    }

    /// Where the soup starts, and what that brought to light.
    private func start(
        _ recorder: RunRecorder,
        _ shared: inout SharedFindings
    ) throws -> (SoupStart, [Rival]) {
        let all = Array(0..<inputs.pool.count)
        switch settings.start {
        case .pool: return (.mean(of: all), [])
        case .block: return (.firstBlockMean, [])
        case .best, .greedy:
            let isSmall = inputs.datasets[0].count <= HeldOutParts.trialImages
            let part: HeldOutPart = settings.monitor == 0 && isSmall ? .all : .trial
            let trials = PoolTrials(coordinator, on: part, recorder)
            let scores = part == .all ? try shared.scores(trials) : try trials.ingredients()
            let best = bestIngredient(scores)
            guard settings.start == .greedy else { return (.mean(of: best.members), [best]) }
            let members = try trials.greedy(scores)
            let greedy = Rival(
                name: "greedy",
                text: "the greedy soup of \(members.count)",
                members: members
            )
            return (.mean(of: members), [best, greedy])
        }
    }

    private func bestIngredient(_ scores: [TraceEvaluation]) -> Rival {
        let best = GreedySoup.order(scores.map { SoupScore($0) })[0]
        return Rival(
            name: "best",
            text: "the best ingredient (\(inputs.pool.ingredients[best].path))",
            members: [best]
        )
    }

    /// Compares the learned soup with the plain ones on the monitor; says so where one of them does better, and takes
    /// it where the settings ask for that.
    ///
    /// The rivals were found without the monitor where the start made them known; otherwise the best ingredient is the
    /// best on the monitor itself, which favours it.
    private func judge(_ soup: inout Soup, _ known: [Rival], _ recorder: RunRecorder) throws {
        _ = try coordinator.mix(soup.alpha)
        let own = TraceEvaluation(
            step: recorder.history.losses.count,
            subject: .iterate,
            part: .monitor,
            try coordinator.tally(0, .monitor)
        )
        soup.monitored = own
        let trials = PoolTrials(coordinator, on: .monitor, recorder)
        let all = Array(0..<inputs.pool.count)
        let found = known.isEmpty ? [bestIngredient(try trials.ingredients())] : known
        let uniform = Rival(name: "uniform", text: "the uniform soup", members: all)
        let rivals = try (found + [uniform]).map { ($0, try trials.score(meanOf: $0.members)) }
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
        soup.alpha = worker.mean(of: winner.members)
        soup.temperature = 1
        soup.monitored = sum
    }
}
