import Ensembles

extension SoupMethod {
    package static let stack = SoupMethod(
        "stack",
        "weights by which the ingredients' answers add up to the best ones",
        .recipe(StackRecipe()),
        isPublished: false
    )
}

/// A logistic stack of the ingredients' answers (Wolpert, 1992; Breiman, 1996): weights that sum to one, signs free.
struct StackRecipe: SoupRecipe {
    let name = "stack"
    /// Strength of the pull towards equal weights, in images: over n of them the ridge is this by n.
    ///
    /// What is best, or level with the best, from 125 images to 2,500.
    static let ridge = 10.0

    func weights(_ kitchen: Kitchen, _ samples: [Int]) throws -> [Double] {
        let data = try kitchen.predictions(samples)
        return Stack.weights(data, ridge: Self.ridge / Double(max(data.labels.count, 1)))
    }
}
