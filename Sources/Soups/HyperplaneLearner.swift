/// MEHL-Soup and MEHL-Soup+: the hyperplane of coefficients that sum to one, by cyclic coefficient blocks.
///
/// With one group it is MEHL-Soup, with a group per layer or tensor MEHL-Soup+; with all ingredients in one
/// coefficient block HL-Soup and HL-Soup+.
package typealias HyperplaneLearner = SoupLearner<HyperplaneSpace, CyclicSampler>

extension SoupLearner where Sampler == CyclicSampler {
    package init(settings: SoupSettings, ingredientCount: Int, groupCount: Int) {
        let sampler = CyclicSampler(
            ingredientCount: ingredientCount,
            blockSize: settings.blockSize,
            seed: settings.seed
        )
        var alpha = CoefficientMatrix(rows: ingredientCount, columns: groupCount)
        let startIngredients =
            switch settings.start {
            case .poolMean: Array(0..<ingredientCount)
            case .firstBlockMean: sampler.block(outerEpoch: 0, index: 0).ingredients
            }
        for ingredient in startIngredients {
            for group in 0..<groupCount {
                alpha[ingredient, group] = 1 / Double(startIngredients.count)
            }
        }
        self.init(settings: settings, sampler: sampler, alpha: alpha)
    }
}
