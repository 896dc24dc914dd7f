extension SoupMethod {
    package static let uniform = SoupMethod(
        "uniform",
        "the mean of all ingredients",
        .recipe(UniformRecipe())
    )
}

/// The mean of all ingredients, whatever the images say.
struct UniformRecipe: SoupRecipe {
    let name = "uniform"
    let asksIngredients = false

    func weights(_ kitchen: Kitchen, _ samples: [Int]) throws -> [Double] {
        let count = kitchen.ingredientCount
        return Array(repeating: 1 / Double(count), count: count)
    }
}
