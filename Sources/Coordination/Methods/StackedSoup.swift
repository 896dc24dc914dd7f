import Ensembles

extension SoupMethod {
    package static let stack = SoupMethod(
        "stack",
        "weights by which the ingredients' answers add up to the best ones",
        .recipe(StackRecipe())
    )
}

/// A logistic stack of the ingredients' answers (Wolpert, 1992; Breiman, 1996): weights that sum to one, signs free.
struct StackRecipe: SoupRecipe {
    let name = "stack"
    /// Strength of the pull towards equal weights, by the loss of one image.
    static let ridge = 1e-3

    func weights(_ kitchen: Kitchen, _ samples: [Int]) throws -> [Double] {
        Stack.weights(try kitchen.predictions(samples), ridge: Self.ridge)
    }
}
