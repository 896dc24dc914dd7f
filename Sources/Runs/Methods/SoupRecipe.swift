/// A soup that evaluations alone give: a weight for each ingredient.
package protocol SoupRecipe: Sendable {
    /// The method of that name makes this alone.
    var name: String { get }

    /// Whether it wants to know how every ingredient does by itself on all held-out images.
    var asksIngredients: Bool { get }

    /// The ingredients' weights, which sum to one.
    ///
    /// * `samples`: the held-out images that it may look at, ascending
    func weights(_ kitchen: Kitchen, _ samples: [Int]) throws -> [Double]
}

extension SoupRecipe {
    package var asksIngredients: Bool { true }
}
