import Soups

/// Makes the soup, and judges it by images that it had no part in.
extension SoupRun {
    func make(
        _ objective: PoolObjective,
        _ recorder: RunRecorder,
        _ resumption: Resumption?,
        _ look: PoolLook?,
        _ answers: IngredientAnswers
    ) throws -> Soup {
        let kitchen = Kitchen(coordinator, recorder, look?.evidence, seed: settings.seed)
        answers.learn(look?.evidence)
        let judge = worker.heldOut.folds.map { _ in
            FoldJudge(coordinator: coordinator, recorder: recorder, known: answers)
        }
        var soup = try make(objective, recorder, resumption, kitchen, judge)
        if let judge, let look, let judgement = soup.judgement {
            soup.best = soup.candidates.first { $0.name == BestRecipe().name }?.judgement
            if soup.best == nil, settings.method == .best { soup.best = judgement }
            if soup.best == nil { soup.best = try best(look, kitchen, judge) }
        }
        return soup
    }

    /// How the best ingredient does: by fold the best on the others, where all were evaluated; else that of the look.
    private func best(_ look: PoolLook, _ kitchen: Kitchen, _ judge: FoldJudge) throws -> Judgement {
        let recipe = BestRecipe()
        let alphas = try worker.heldOut.learningByFold.map { samples in
            look.evidence == nil
                ? worker.mean(of: [look.best]) : worker.mixture(try recipe.weights(kitchen, samples))
        }
        return try judge.judge(recipe.name, alphas, measuring: true)
    }

    private func make(
        _ objective: PoolObjective,
        _ recorder: RunRecorder,
        _ resumption: Resumption?,
        _ kitchen: Kitchen,
        _ judge: FoldJudge?
    ) throws -> Soup {
        switch settings.method.making {
        case .recipe(let recipe):
            try recorder.start()
            return try cook(recipe, kitchen, judge)
        case .learned:
            var soup = try learn(kitchen, objective, recorder, resumption)
            // What --guard took in its stead was not made by folds.
            if let judge, let learned = soup.learned, soup.name == settings.method.rawValue {
                let judged = try judge.judge(learned: soup.name, learned.alphas, settings.statistics)
                (soup.judgement, soup.isMeasured) = (judged.judgement, judged.isMeasured)
            }
            return soup
        case .chosen(let recipes, let method):
            guard let judge else { throw FoldError(settings.folds, images: worker.heldOut.learning.count) }
            try recorder.start()
            let rivals = try recipes.map { try candidate($0, kitchen, judge) }
            var soup = try learn(kitchen, objective, recorder, resumption)
            guard let learned = soup.learned, soup.name == settings.method.rawValue else { return soup }
            let name = method.rawValue
            let judged = try judge.judge(learned: name, learned.alphas, settings.statistics)
            let own = Candidate(
                name: name,
                alpha: soup.alpha,
                alphas: learned.alphas,
                temperature: soup.temperature,
                isMeasured: judged.isMeasured,
                judgement: judged.judgement
            )
            let share = Choice.share(to: own.judgement, from: rivals[0].judgement)
            let between = try onTheWay(from: rivals[0], to: own, share, judge)
            soup.take(Choice(candidates: rivals + [own, between]))
            return soup
        }
    }

    /// A soup by a recipe alone.
    private func cook(_ recipe: any SoupRecipe, _ kitchen: Kitchen, _ judge: FoldJudge?) throws -> Soup {
        guard let judge else {
            let alpha = worker.mixture(try recipe.weights(kitchen, worker.heldOut.learning))
            return Soup(
                name: recipe.name,
                alpha: alpha,
                isMeasured: worker.measures(alpha),
                findings: [ingredients(of: recipe, alpha)]
            )
        }
        let candidate = try candidate(recipe, kitchen, judge)
        var soup = Soup(name: recipe.name, alpha: candidate.alpha, isMeasured: candidate.isMeasured)
        soup.findings = [ingredients(of: recipe, candidate.alpha)]
        soup.judgement = candidate.judgement
        return soup
    }

    /// What a recipe makes of all samples, and of those without each fold.
    private func candidate(_ recipe: any SoupRecipe, _ kitchen: Kitchen, _ judge: FoldJudge) throws
        -> Candidate
    {
        let alpha = worker.mixture(try recipe.weights(kitchen, worker.heldOut.learning))
        let alphas = try worker.heldOut.learningByFold.map {
            worker.mixture(try recipe.weights(kitchen, $0))
        }
        return Candidate(
            name: recipe.name,
            alpha: alpha,
            alphas: alphas,
            isMeasured: worker.measures(alpha),
            judgement: try judge.judge(recipe.name, alphas, measuring: true)
        )
    }

    /// A soup a share of the way from one to another.
    private func onTheWay(from start: Candidate, to end: Candidate, _ share: Double, _ judge: FoldJudge)
        throws -> Candidate
    {
        func point(_ start: CoefficientMatrix, _ end: CoefficientMatrix) -> CoefficientMatrix {
            worker.keepingUnmixed(start.onTheWay(to: end, share))
        }
        let way = Way(from: start.name, to: end.name, share: share)
        let alphas = zip(start.alphas, end.alphas).map(point)
        return Candidate(
            name: way.name,
            way: way,
            alpha: point(start.alpha, end.alpha),
            alphas: alphas,
            temperature: start.temperature + share * (end.temperature - start.temperature),
            isMeasured: end.isMeasured,
            judgement: try judge.judge(way.name, alphas, measuring: end.isMeasured)
        )
    }

    /// Which ingredients a recipe took.
    private func ingredients(of recipe: any SoupRecipe, _ alpha: CoefficientMatrix) -> RunFinding {
        let group = worker.groups.ofParameter.first { $0 != worker.groups.unmixed } ?? 0
        let taken = (0..<alpha.rows).filter { alpha[$0, group] != 0 }
        let names = taken.map { inputs.pool.names[$0] }.joined(separator: ", ")
        return RunFinding(.note, "\(recipe.name): \(names)")
    }
}

extension Soup {
    /// Becomes what was chosen.
    fileprivate mutating func take(_ choice: Choice) {
        let written = choice.written
        (name, alpha, temperature) = (written.name, written.alpha, written.temperature)
        (judgement, isMeasured) = (written.judgement, written.isMeasured)
        candidates = choice.candidates
    }
}
