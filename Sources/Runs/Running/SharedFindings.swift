import Soups
import Traces

/// What runs on the same inputs need not find out twice.
package struct SharedFindings {
    /// SHA-256 of every ingredient's file.
    var digests: [String]?
    /// One name per rank.
    var hosts: [String] = []
    /// What finding that out took.
    var digestSeconds = 0.0
    /// First looks: runs look at as many images as each would by itself.
    var looks: [PoolLook] = []
    /// What single ingredients answer on held-out images.
    let answers = IngredientAnswers()
    /// How the best ingredient of a look does, by its place in the pool.
    var best: [Int: BestIngredient] = [:]

    package init() {}

    /// What a run with these settings would have spent on what is known already.
    func seconds(of settings: LearnSettings) -> Double {
        (digests == nil ? 0 : digestSeconds)
            + (looks.first { $0.isOfAll == settings.asksIngredients }?.seconds ?? 0)
    }
}
