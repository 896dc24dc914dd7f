extension SoupMethod {
    package static let best = SoupMethod(
        "best",
        "the ingredient that is most accurate on the held-out images",
        .recipe(BestRecipe())
    )
}

/// The ingredient that is most accurate on the images; of equals the first.
struct BestRecipe: SoupRecipe {
    let name = "best"

    func weights(_ kitchen: Kitchen, _ samples: [Int]) throws -> [Double] {
        let scores = try kitchen.scores(samples)
        var best = 0
        for index in scores.indices where scores[index].accuracy > scores[best].accuracy { best = index }
        return scores.indices.map { $0 == best ? 1 : 0 }
    }
}
