extension SoupMethod {
    package static let learned = SoupMethod(
        "learned",
        "Learned-Soup: a soft-max over the ingredients and a temperature",
        .learned(.simplex),
        defaults: published
    )

    package static let learnedPlus = SoupMethod(
        "learned+",
        "Learned-Soup+: a soft-max per tensor",
        .learned(.simplex),
        isPlus: true,
        defaults: published
    )

    /// As in "Model soups" (ICML 2022).
    private static let published: @Sendable (inout LearnSettings) -> Void = { settings in
        settings.batchSize = 256
        settings.learningRate = 0.05
        settings.clip = 0
        settings.warmup = 0
        settings.schedule = .constant
    }
}
