import Ensembles

extension SoupMethod {
    package static let selection = SoupMethod(
        "selection",
        "the ingredients whose answers together are best, chosen again and again",
        .recipe(SelectionRecipe()),
        isPublished: false
    )
}

/// Bagged selection with replacement among the ingredients' answers (Caruana et al., 2004 and 2006): how often each was
/// taken is its weight.
struct SelectionRecipe: SoupRecipe {
    let name = "selection"

    func weights(_ kitchen: Kitchen, _ samples: [Int]) throws -> [Double] {
        Selection.weights(try kitchen.predictions(samples), seed: kitchen.seed)
    }
}
