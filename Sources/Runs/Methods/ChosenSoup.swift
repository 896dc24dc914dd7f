extension SoupMethod {
    /// The best of the best ingredient, the cheap soups and MEHL-Soup+, as images tell that none of them was made with.
    package static let auto = SoupMethod(
        "auto",
        "the best of best, uniform, selection, stack and mehl+, judged by images that each had no part in",
        .chosen(from: [BestRecipe(), UniformRecipe(), SelectionRecipe(), StackRecipe()], and: mehlPlus),
        isPlus: true,
        takesAll: false,
        isPublished: false,
        defaults: { settings in
            perTensor(&settings)
            // Free, for the ingredients' answers are known, and better than the mean of all.
            settings.start = .stack
        }
    )
}
