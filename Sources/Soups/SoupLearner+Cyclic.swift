/// MEHL-Soup and MEHL-Soup+: the hyperplane of coefficients that sum to one, by cyclic coefficient blocks.
///
/// With one group it is MEHL-Soup, with a group per layer or tensor MEHL-Soup+; with all ingredients in one
/// coefficient block HL-Soup and HL-Soup+.
package typealias HyperplaneLearner = SoupLearner<HyperplaneSpace, CyclicSampler>

/// Learned-Soup and Learned-Soup+: the simplex, all ingredients in one coefficient block.
package typealias SimplexLearner = SoupLearner<SimplexSpace, CyclicSampler>

extension SoupLearner where Sampler == CyclicSampler {
    package init(settings: SoupSettings, ingredientCount: Int, groupCount: Int, start: SoupStart) {
        let sampler = CyclicSampler(
            ingredientCount: ingredientCount,
            blockSize: settings.blockSize,
            seed: settings.seed
        )
        let ingredients =
            switch start {
            case .firstBlockMean: sampler.block(outerEpoch: 0, index: 0).ingredients
            case .mean(let ingredients): ingredients
            }
        self.init(
            settings: settings,
            sampler: sampler,
            alpha: .mean(of: ingredients, pool: ingredientCount, groups: groupCount)
        )
    }
}
