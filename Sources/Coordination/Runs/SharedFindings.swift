import Soups
import Traces

/// What runs on the same inputs need not find out twice.
package struct SharedFindings {
    /// SHA-256 of every ingredient's file.
    var digests: [String]?
    /// One name per rank.
    var hosts: [String] = []
    /// How every ingredient does by itself on all of the held-out data.
    var ingredients: [TraceEvaluation]?
    /// What finding that out took.
    var digestSeconds = 0.0
    var ingredientSeconds = 0.0
    /// First looks: runs look at as many images as each would by itself.
    var looks: [PoolLook] = []
    /// How the best ingredient of a look does, by its place in the pool.
    var best: [Int: BestIngredient] = [:]

    package init() {}

    /// What a run with these settings would have spent on what is known already.
    func seconds(of settings: LearnSettings) -> Double {
        (digests == nil ? 0 : digestSeconds)
            + (looks.first { $0.isOfAll == settings.evaluatesIngredients }?.seconds ?? 0)
            + (ingredients == nil || !settings.evaluatesIngredients ? 0 : ingredientSeconds)
    }
}

extension SharedFindings {
    /// How every ingredient does by itself on all of the held-out data.
    mutating func scores(_ trials: PoolTrials) throws -> [TraceEvaluation] {
        precondition(trials.part == .all)
        if let look = looks.first(where: \.isOfAll) { return look.ingredients }
        let clock = ContinuousClock.now
        let scores = try trials.ingredients(known: ingredients)
        if ingredients == nil { ingredientSeconds = (.now - clock) / .seconds(1) }
        ingredients = scores
        return scores
    }
}
