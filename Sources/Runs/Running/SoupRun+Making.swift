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
        return try judge.judge(recipe.name, alphas)
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
                soup.judgement = try judge.judge(settings.method.rawValue, learned.alphas)
            }
            return soup
        case .chosen(let recipes, let method):
            guard let judge else { throw FoldError(settings.folds, images: worker.heldOut.learning.count) }
            try recorder.start()
            let rivals = try recipes.map { try candidate($0, kitchen, judge) }
            var soup = try learn(kitchen, objective, recorder, resumption)
            guard let learned = soup.learned, soup.name == settings.method.rawValue else { return soup }
            let name = method.rawValue
            let own = Candidate(
                name: name,
                alpha: soup.alpha,
                alphas: learned.alphas,
                temperature: soup.temperature,
                judgement: try judge.judge(name, learned.alphas)
            )
            let between = try Choice.rival(rivals).map { try mean(of: $0, own, judge) }
            soup.take(Choice(rivals: rivals, learned: own, between: between))
            return soup
        }
    }

    /// A soup by a recipe alone.
    private func cook(_ recipe: any SoupRecipe, _ kitchen: Kitchen, _ judge: FoldJudge?) throws -> Soup {
        guard let judge else {
            let alpha = worker.mixture(try recipe.weights(kitchen, worker.heldOut.learning))
            return Soup(name: recipe.name, alpha: alpha, findings: [ingredients(of: recipe, alpha)])
        }
        let candidate = try candidate(recipe, kitchen, judge)
        var soup = Soup(name: recipe.name, alpha: candidate.alpha)
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
            judgement: try judge.judge(recipe.name, alphas)
        )
    }

    /// The soup halfway from one to another.
    private func mean(of rival: Candidate, _ learned: Candidate, _ judge: FoldJudge) throws -> Candidate {
        func halfway(_ left: CoefficientMatrix, _ right: CoefficientMatrix) -> CoefficientMatrix {
            worker.keepingUnmixed(CoefficientMatrix.mean(of: [left, right]))
        }
        let alphas = zip(rival.alphas, learned.alphas).map(halfway)
        return Candidate(
            name: Choice.between,
            parents: [rival.name, learned.name],
            alpha: halfway(rival.alpha, learned.alpha),
            alphas: alphas,
            temperature: (rival.temperature + learned.temperature) / 2,
            judgement: try judge.judge(Choice.between, alphas)
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
        judgement = written.judgement
        candidates = choice.rivals + [choice.learned] + (choice.between.map { [$0] } ?? [])
    }
}
