import Soups

extension SoupMethod {
    package static let greedy = SoupMethod(
        "greedy",
        "the mean of ingredients that raise held-out accuracy, tried from the best on",
        .recipe(GreedyRecipe())
    )
}

/// The mean of those ingredients that raise the accuracy on the images, tried from the best on.
struct GreedyRecipe: SoupRecipe {
    let name = "greedy"

    func weights(_ kitchen: Kitchen, _ samples: [Int]) throws -> [Double] {
        let members = try kitchen.greedy(samples)
        return (0..<kitchen.ingredientCount).map { members.contains($0) ? 1 / Double(members.count) : 0 }
    }
}
