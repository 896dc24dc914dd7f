import Coordination
import Graphs
import Kernels
import Soups
import Tensors

/// Everything that decides what `learn` computes.
package struct LearnSettings: Sendable {
    /// The soup before the first step.
    package enum Start: String, Sendable, CaseIterable {
        /// Mean of all ingredients.
        case pool
        /// Mean of the first coefficient block.
        case block
        /// The most accurate ingredient.
        case best
        /// The greedy soup.
        case greedy
        /// What the answers of the ingredients make, chosen again and again.
        case selection
        /// What they make as a logistic stack.
        case stack

        /// What makes it; nil where no image is asked.
        var recipe: (any SoupRecipe)? {
            switch self {
            case .pool, .block: nil
            case .best: BestRecipe()
            case .greedy: GreedyRecipe()
            case .selection: SelectionRecipe()
            case .stack: StackRecipe()
            }
        }
    }

    package var method: SoupMethod
    package var granularity: Granularity
    package var patterns = GroupPatterns()
    package var blockSize = 18
    package var outerEpochs = 1
    package var epochs = 5
    package var batchSize = 128
    package var learningRate = 0.01
    /// Of the coefficient that all groups of an ingredient share; 0 for none.
    package var sharedLearningRate = 0.0
    package var weightDecay = 0.0
    package var clip = 1.0
    package var warmup = 0.2
    package var directions = HyperplaneSpace.Directions.unit
    package var schedule = LearningRateSchedule.Shape.cosine
    package var start = Start.pool
    /// Soups that are learned side by side, each without its fold of the held-out data, which then judges it.
    ///
    /// The result is their mean. 1 for one soup, learned on all.
    package var folds = 1
    /// Share of the held-out data that is set aside to choose the iterate by; 0 for none.
    package var monitor = 0.0
    /// Whether an ingredient or a plain soup that does better on the monitor is written instead.
    package var guards = false
    /// Images of the first look at the ingredients; 0 for none, nil for as many as `LookSize` says.
    package var look: Int?
    package var seed: UInt64 = 1
    package var lanes = 8
    /// Samples that go through the graph together; nil for as many as suit the model.
    package var microBatch: Int?
    package var threads = 1
    /// Lanes at once on a rank; nil for as many as suit its threads and memory.
    package var lanesInFlight: Int?
    /// Whether each thread has a core to itself.
    package var hasCores = false
    package var sliceType = SliceType.f32
    /// In what the products by the combined model's weights are computed in a step.
    package var precision = Precision.f32
    /// Of batch norms; nil for measured ones of plain soups, and of learned ones what judges better out of fold.
    package var statistics: StatisticsUse?
    package var traceLevel = TraceLevel.coefficients

    /// The defaults of a method.
    ///
    /// * `isPaper`: as it was published, to the letter
    package init(_ method: SoupMethod = .mehlPlus, isPaper: Bool = false) {
        self.method = method
        granularity = method.granularity
        if isPaper, method.space == .hyperplane {
            start = .block
        } else {
            method.defaults(&self)
        }
        // Where soups are chosen by what the folds say, three tell it better than two, for twice the steps.
        folds = isPaper ? 1 : method.chooses ? 3 : 2
    }

    /// Whether every ingredient is evaluated by itself on all of the held-out data.
    var asksIngredients: Bool {
        (method.recipes + [start.recipe].compactMap { $0 }).contains(where: \.asksIngredients)
    }

    /// Ingredients of a coefficient block, of a pool of `count`.
    func blockSize(of count: Int) -> Int { method.takesAll ? count : min(blockSize, count) }

    /// Decides what the inputs decide: micro-batches that suit the model and are no larger than a lane.
    package mutating func fit(_ inputs: RunInputs) {
        let batch = min(batchSize, inputs.datasets.first?.count ?? batchSize)
        let lane = (batch + lanes - 1) / lanes
        microBatch = min(microBatch ?? LanePlan.defaultMicroBatch(inputs.model.graph), lane)
        look = min(look ?? LookSize.images(self, inputs), inputs.datasets.first?.count ?? 0)
    }

    package func groups(of layout: ParameterLayout) -> ParameterGroups {
        ParameterGroups(layout, granularity: granularity, patterns: patterns)
    }

    /// How the work is shared out on a rank, once the settings fit the inputs.
    package func work(_ inputs: RunInputs) -> WorkSettings {
        WorkSettings(
            groups: groups(of: inputs.layout),
            lanes: LanePlan(
                lanes: lanes,
                microBatch: microBatch ?? LanePlan.defaultMicroBatch(inputs.model.graph)
            ),
            threads: threads,
            lanesInFlight: lanesInFlight,
            hasCores: hasCores,
            sliceType: sliceType,
            precision: precision,
            blockSize: method.learns ? blockSize(of: inputs.pool.count) : 0,
            monitor: method.learns ? monitor : 0,
            seed: seed,
            look: look ?? 0,
            folds: folds,
            measuresStatistics: statistics != .mixed
        )
    }

    /// Steps of the whole run.
    func totalSteps(poolCount: Int, batchesPerEpoch: Int) -> Int {
        let settings = soup(poolCount: poolCount, batchesPerEpoch: batchesPerEpoch)
        return HyperplaneLearner(
            settings: settings,
            ingredientCount: poolCount,
            groupCount: 0,
            start: .firstBlockMean
        ).totalSteps
    }

    func soup(poolCount: Int, batchesPerEpoch: Int) -> SoupSettings {
        var settings = SoupSettings(batchesPerEpoch: batchesPerEpoch)
        settings.monitorEvery = monitor > 0 ? batchesPerEpoch : 0
        settings.directions = directions
        settings.schedule = schedule
        settings.blockSize = blockSize(of: poolCount)
        settings.outerEpochs = outerEpochs
        settings.folds = folds
        settings.epochs = epochs
        settings.learningRate = learningRate
        settings.sharedLearningRate = sharedLearningRate
        settings.weightDecay = weightDecay
        settings.clip = clip
        settings.warmup = warmup
        settings.seed = seed
        return settings
    }
}
