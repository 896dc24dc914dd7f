import Diagnostics
import Foundation
import Soups

/// What a saved state of a learner must fit for the run to go on from it.
struct LearnerFit {
    /// Nil for a recipe, which saves no state.
    let space: SoupMethod.Space?
    let ingredients: Int
    let groups: Int
    let settings: SoupSettings
    let sampler: CyclicSampler

    /// - Throws: where the state cannot be one of this run.
    func check(_ json: Data, _ centre: CentreHistory) throws {
        switch space {
        case nil: break
        case .simplex: try check(SimplexSpace.self, json, centre)
        case .hyperplane: try check(HyperplaneSpace.self, json, centre)
        }
    }

    private func check<Space: CoefficientSpace>(_ space: Space.Type, _ json: Data, _ centre: CentreHistory)
        throws
    {
        let saved = try JSONDecoder().decode(SavedRun<SoupState<Space>>.self, from: json).soup
        guard let saved else {
            guard centre == CentreHistory() else { throw RunError("a centre without a soup") }
            return
        }
        guard
            saved.isSound(ingredients: ingredients, groups: groups, settings: settings, sampler: sampler),
            centre.isSound(
                ingredients: ingredients,
                groups: groups,
                folds: settings.folds,
                blocksDone: saved.blocksDone,
                sampler: sampler
            )
        else { throw RunError("numbers that no run with these options has") }
    }
}
