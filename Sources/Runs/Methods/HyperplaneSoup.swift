extension SoupMethod {
    package static let hl = SoupMethod(
        "hl",
        "HL-Soup: coefficients that sum to one, signs free",
        .learned(.hyperplane),
        defaults: alike
    )

    package static let hlPlus = SoupMethod(
        "hl+",
        "HL-Soup+: the same, per tensor",
        .learned(.hyperplane),
        isPlus: true,
        defaults: perTensor
    )

    package static let mehl = SoupMethod(
        "mehl",
        "MEHL-Soup: HL-Soup, a coefficient block at a time",
        .learned(.hyperplane),
        takesAll: false,
        defaults: alike
    )

    package static let mehlPlus = SoupMethod(
        "mehl+",
        "MEHL-Soup+: HL-Soup+, a coefficient block at a time",
        .learned(.hyperplane),
        isPlus: true,
        takesAll: false,
        defaults: perTensor
    )

    private static let alike: @Sendable (inout LearnSettings) -> Void = { settings in
        settings.batchSize = batchSize
        settings.directions = .full
        settings.learningRate = 0.06
    }

    /// Folds are learned on a part of the images: with batches of 128 they would take too few steps.
    private static let batchSize = 64

    /// Directions of unit length let small tensors, biases and norms, go far beyond the ingredients: better than to go as
    /// far in all, from 500 images to 5,000.
    static let perTensor: @Sendable (inout LearnSettings) -> Void = { settings in
        settings.batchSize = batchSize
        settings.directions = .unit
        settings.learningRate = 0.01
        settings.sharedLearningRate = 0.06
    }
}
