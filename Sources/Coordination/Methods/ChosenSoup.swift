extension SoupMethod {
    /// The best of the best ingredient, the cheap soups and MEHL-Soup+, as images tell that none of them was made with.
    package static let auto = SoupMethod(
        "auto",
        "the best of best, uniform, selection, stack and mehl+, judged by images that each had no part in",
        .chosen(from: [BestRecipe(), UniformRecipe(), SelectionRecipe(), StackRecipe()]),
        isPlus: true,
        takesAll: false,
        defaults: perTensor
    )

    /// The method of which `auto` takes the soup that it learns.
    static let learnedByAuto = mehlPlus
}
